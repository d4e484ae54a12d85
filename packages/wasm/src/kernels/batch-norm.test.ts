import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeds } from '../../tests/arbitrary';
import { type Computation, disagreement, example, runOn, withGradients } from '../../tests/compare';
import { cancelling, createSharers, expectSameBits } from '../../tests/shares';
import { enableTrainingKernels, type TrainingKernels } from '../enable-training-kernels';
import { batchNormKernels } from './batch-norm';

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(() => training.disable());

const shapes = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 6 }),
  fc.integer({ min: 1, max: 6 }),
  fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constantFrom(64, 100, 257)),
);

/** x, mean, variance, offset and scale in this order. */
const batchNorm = ([x, mean, variance, offset, scale]: (tf.Tensor | undefined)[], epsilon = 1e-3): tf.Tensor =>
  tf.batchNorm(
    x as tf.Tensor4D,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D | undefined,
    scale as tf.Tensor1D | undefined,
    epsilon,
  );

describe('FusedBatchNorm on wasm', () => {
  it('agrees with cpu, and so do the gradients of all five inputs', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seeds, async (shape, seed) => {
        const channels = [shape[3]];
        const normalise = withGradients((...inputs) => batchNorm(inputs));
        const statistics = [example(channels, seed + 1), example(channels, seed + 2, 0.1, 2)];
        const examples = [example(shape, seed), ...statistics, example(channels, seed + 3), example(channels, seed + 4)];
        const reference = await runOn('cpu', normalise, examples);
        const answer = await runOn('wasm', normalise, examples);
        reference.forEach((values, index) => {
          // A sum over few rows may cancel; its summands are of the size of 1 to 30.
          const scale = Math.max(index < 2 ? 0 : 10, ...values.map(Math.abs));
          expect(answer[index]).toHaveLength(values.length);
          expect(Math.max(...values.map((value, at) => Math.abs(value - answer[index]![at]!))) / scale).toBeLessThan(1e-5);
        });
      }),
      { seed: 3, numRuns: 30 },
    );
  });

  it('agrees with cpu without an offset or a scale', async () => {
    for (const [offset, scale] of [[], [0.5], [undefined, 2]]) {
      const of = (value: number | undefined) => (value === undefined ? undefined : tf.fill([6], value));
      const normalise: Computation = (inputs) => batchNorm([...inputs, of(offset), of(scale)]);
      expect(await disagreement(normalise, example([2, 3, 3, 6], 1), example([6], 2), example([6], 3, 0.1, 2))).toBeLessThan(1e-6);
    }
  });

  it('hands NaN, infinities and a variance that is too small on as cpu does', async () => {
    const x = { values: Float32Array.of(Number.NaN, 1, 2, Number.POSITIVE_INFINITY, -3, 4), shape: [1, 1, 2, 3] };
    const statistic = (...values: number[]) => ({ values: Float32Array.from(values), shape: [3] });
    const normalise: Computation = (inputs) => batchNorm(inputs, 0);
    const examples = [x, statistic(1, 1, Number.NEGATIVE_INFINITY), statistic(1, 0, 1)];
    const [reference, answer] = [await runOn('cpu', normalise, examples), await runOn('wasm', normalise, examples)];
    expect(answer).toEqual(reference);
    expect(answer[0]!.filter(Number.isNaN)).toHaveLength(2);
  });

  it('leaves statistics of the shape of x to the stock kernel and its gradient', async () => {
    const shape = [2, 2, 3, 2];
    const others = [example(shape, 2), example(shape, 3, 0.5, 1), example(shape, 4), example(shape, 5)];
    expect(
      await disagreement(
        withGradients((...inputs) => batchNorm(inputs)),
        example(shape, 1),
        ...others,
      ),
    ).toBeLessThan(1e-5);
  });

  it('takes an empty batch', async () => {
    expect(await runOn('wasm', (inputs) => batchNorm(inputs), [example([0, 2, 2, 3], 1), example([3], 2), example([3], 3, 1, 2)])).toEqual([
      [],
    ]);
  });

  it('gives an example the same bits in every batch, forward and for its gradient', async () => {
    for (const channels of [3, 8, 300]) {
      const batch = example([6, 3, 5, channels], 4);
      const others = [example([channels], 5), example([channels], 6, 0.5, 1), example([channels], 7), example([channels], 8)];
      const both: Computation = ([x, ...rest]) => [
        batchNorm([x, ...rest]),
        tf.grad((input: tf.Tensor) => tf.sum(tf.square(batchNorm([input, ...rest]))))(x!),
      ];
      const whole = await runOn('wasm', both, [batch, ...others]);
      const part = await runOn('wasm', ([x, ...rest]) => both([tf.slice(x!, 4, 1), ...rest]), [batch, ...others]);
      part.forEach((values, index) => {
        expect(values).toEqual(whole[index]!.slice(4 * 15 * channels, 5 * 15 * channels));
      });
    }
  });
});

const runTraining = (inputs: Record<string, tf.Tensor>) =>
  tf.engine().runKernel('BatchNormTraining', inputs, { epsilon: 1e-3 }) as unknown as tf.Tensor[];
const composed = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) => {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  const { mean, variance } = tf.moments(x, axes);
  return { y: tf.add(tf.mul(tf.sub(x, mean), tf.mul(scale, tf.rsqrt(tf.add(variance, 1e-3)))), offset), mean, variance };
};

describe('the kernels of batch normalisation in training', () => {
  it('give the values, statistics and gradients of the composition on cpu', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, seeds, async (shape, seed) => {
        const channels = [shape[3]];
        const examples = [example(shape, seed), example(channels, seed + 1, 0.5, 2), example(channels, seed + 2), example(shape, seed + 3)];
        const reference = await runOn(
          'cpu',
          ([x, scale, offset, dy]) => {
            const { y, mean, variance } = composed(x!, scale!, offset!);
            const gradients = tf.grads((...inputs: tf.Tensor[]) => composed(inputs[0]!, inputs[1]!, inputs[2]!).y)(
              [x!, scale!, offset!],
              dy,
            );
            return [y, mean, variance, ...gradients];
          },
          examples,
        );
        const answer = await runOn(
          'wasm',
          ([x, scale, offset, dy]) => {
            const [y, mean, variance] = runTraining({ x: x!, scale: scale!, offset: offset! });
            const inputs = { dy: dy!, x: x!, scale: scale!, mean: mean!, variance: variance! };
            const gradients = tf.engine().runKernel('BatchNormTrainingGrad', inputs, { epsilon: 1e-3 }) as unknown as tf.Tensor[];
            return [y!, mean!, variance!, ...gradients];
          },
          examples,
        );
        reference.forEach((values, index) => {
          // One or two rows to a channel leave a tiny variance or gradient, made of numbers of the size of 1.
          const scale = Math.max(1, ...values.map(Math.abs));
          const worst = Math.max(0, ...values.map((value, at) => Math.abs(value - answer[index]![at]!)));
          expect(answer[index]).toHaveLength(values.length);
          expect(worst / scale).toBeLessThan(2e-5);
        });
      }),
      { seed: 7, numRuns: 30 },
    );
  });

  it('find the variance of numbers far from zero, and behind a first row far from the others', async () => {
    const rows = 5000;
    const noise = example([rows], 1).values;
    const values = Float32Array.from({ length: 2 * rows }, (_, index) =>
      index % 2 === 0 ? 1000 + noise[index >> 1]! : index === 1 ? 3000 : noise[index >> 1]!,
    );
    const columns = [0, 1].map((column) => Array.from({ length: rows }, (_, row) => values[2 * row + column]!));
    const moments = columns.map((column) => {
      const mean = column.reduce((sum, value) => sum + value, 0) / rows;
      return { mean, variance: column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows };
    });
    const [, means, variances] = await runOn('wasm', ([x]) => runTraining({ x: x!, scale: tf.ones([2]), offset: tf.zeros([2]) }), [
      { values, shape: [rows, 2] },
    ]);
    moments.forEach(({ mean, variance }, column) => {
      expect(Math.abs(means![column]! / mean - 1)).toBeLessThan(1e-6);
      expect(Math.abs(variances![column]! / variance - 1)).toBeLessThan(1e-6);
    });
    const constant = { values: new Float32Array(30).fill(0.1), shape: [10, 3] };
    const [y, , none] = await runOn('wasm', ([x]) => runTraining({ x: x!, scale: tf.ones([3]), offset: tf.zeros([3]) }), [constant]);
    expect(none).toEqual([0, 0, 0]);
    expect(y).toEqual(Array(30).fill(0));
  });

  it('show what is not a number in its own channel only', async () => {
    const values = Float32Array.from({ length: 40 }, (_, index) => index);
    values[8] = Number.NaN;
    values[13] = Number.POSITIVE_INFINITY;
    const [y, mean, variance] = await runOn('wasm', ([x]) => runTraining({ x: x!, scale: tf.ones([4]), offset: tf.zeros([4]) }), [
      { values, shape: [10, 4] },
    ]);
    expect(mean).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 20, 21]);
    expect(variance!.map(Number.isFinite)).toEqual([false, false, true, true]);
    expect(y!.map(Number.isFinite)).toEqual(Array.from({ length: 40 }, (_, index) => index % 4 > 1));
  });

  it('of an empty batch give the statistics 0, as tf.moments does', async () => {
    const examples = [example([0, 3], 1), example([3], 2), example([3], 3)];
    const ours = ([x, scale, offset]: tf.Tensor[]) => runTraining({ x: x!, scale: scale!, offset: offset! });
    const theirs = ([x, scale, offset]: tf.Tensor[]) => Object.values(composed(x!, scale!, offset!));
    expect(await runOn('wasm', ours, examples)).toEqual(await runOn('cpu', theirs, examples));
  });

  it('refuse what the compiled code cannot read', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const [x, dy] = [tf.ones([4, 2, 3]), tf.ones([4, 2, 3])];
      const vectors = { scale: tf.ones([3]), mean: tf.ones([3]), variance: tf.ones([3]) };
      const refused = (kernel: string, inputs: Record<string, tf.Tensor>, words: string) =>
        expect(() => tf.engine().runKernel(kernel, inputs, { epsilon: 1 })).toThrow(`${kernel}: expected ${words}`);
      const training = { x, scale: vectors.scale, offset: tf.ones([3]) };
      refused(
        'BatchNormTraining',
        { ...training, x: tf.ones([4, 3], 'int32') },
        '`x` to be float32 with the channels last, got "int32 [4,3]".',
      );
      refused('BatchNormTraining', { ...training, x: tf.scalar(1) }, '`x` to be float32 with the channels last, got "float32 []".');
      refused('BatchNormTraining', { ...training, scale: tf.ones([2]) }, '`scale` to be float32 [3], got "float32 [2]". One number');
      refused('BatchNormTraining', { ...training, offset: tf.ones([1, 3]) }, '`offset` to be float32 [3], got "float32 [1,3]".');
      const gradient = { x, dy, ...vectors };
      refused('BatchNormTrainingGrad', { ...gradient, dy: tf.ones([8, 3]) }, '`dy` to be float32 [4,2,3], got "float32 [8,3]". It has');
      refused('BatchNormTrainingGrad', { ...gradient, variance: tf.ones([4]) }, '`variance` to be float32 [3], got "float32 [4]".');
      refused(
        'BatchNormSums',
        { x, dy: tf.ones([4, 2, 3], 'int32'), mean: vectors.mean },
        '`dy` to be float32 [4,2,3], got "int32 [4,2,3]".',
      );
      refused('BatchNormSums', { x, dy, mean: tf.ones([1]) }, '`mean` to be float32 [3], got "float32 [1]".');
    });
  });

  it('have the same bits whatever the number of threads and the build, in scratch that does not grow with the batch', async () => {
    await tf.setBackend('wasm');
    const teams = [await createSharers(1, 'relaxed'), await createSharers(3, 'plain'), await createSharers(8, 'plain')];
    tf.tidy(() => {
      for (const shape of [
        [40_001, 9],
        [900, 300],
        [60, 33, 31, 1],
      ]) {
        const of = (seed: number, size = shape) => tf.mul(cancelling(size, seed), 2 ** -40);
        const vector = (seed: number) => tf.abs(of(seed, [shape.at(-1)!]));
        const inputs = { x: of(1), dy: of(2), scale: vector(3), offset: vector(4), mean: vector(5), variance: vector(6) };
        for (const kernel of batchNormKernels) {
          expectSameBits(teams, kernel, inputs, { epsilon: 1e-3, varianceEpsilon: 1e-3 });
        }
      }
    });
    for (const team of teams) {
      expect(team.scratch.bytes).toBeLessThanOrEqual(512 * 1024);
      team.end();
    }
  });

  it('keep no tensors and no heap', async () => {
    await tf.setBackend('wasm');
    const backend = tf.backend() as unknown as { numDataIds(): number; wasm: { HEAPU8: Uint8Array } };
    const step = () =>
      tf.tidy(() => {
        const inputs = [tf.ones([8, 9, 9, 6]), ...[0, 1, 0, 1].map((value) => tf.fill([6], value))];
        const loss = (...given: tf.Tensor[]) => tf.sum(tf.square(batchNorm(given))) as tf.Scalar;
        for (const gradient of tf.grads(loss)(inputs)) gradient.dataSync();
        runTraining({ x: tf.ones([90, 6]), scale: tf.ones([6]), offset: tf.zeros([6]) });
      });
    step();
    const count = () => [tf.memory().numTensors, backend.numDataIds(), backend.wasm.HEAPU8.length];
    const before = count();
    for (let repetition = 0; repetition < 20; repetition++) step();
    expect(count()).toEqual(before);
  });
});
