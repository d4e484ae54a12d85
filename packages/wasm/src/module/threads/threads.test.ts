import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Computation, type Example, example, runOn, withGradients } from '../../../tests/compare';
import { enableTrainingKernels } from '../../enable-training-kernels';
import { TrainingKernelError } from '../../errors';

const size = (max: number) => fc.integer({ min: 1, max });
const pad = fc.constantFrom('same' as const, 'valid' as const);

/** An operation with its gradients, and examples of its inputs. */
type Case = readonly [name: string, Computation, readonly Example[]];

const products = fc
  .record({ batches: size(3), rows: size(40), inner: size(40), columns: size(40), transposeA: fc.boolean(), transposeB: fc.boolean() })
  .map(({ batches, rows, inner, columns, transposeA, transposeB }): Case => {
    const a = transposeA ? [inner, rows] : [rows, inner];
    const b = transposeB ? [columns, inner] : [inner, columns];
    return [
      'matMul',
      withGradients((left, right) => tf.matMul(left, right, transposeA, transposeB)),
      [example([batches, ...a], 1), example([batches, ...b], 2)],
    ];
  });

const convolutions = fc
  .record({
    batch: size(5),
    length: fc.integer({ min: 3, max: 10 }),
    inChannels: size(9),
    outChannels: size(17),
    taps: size(3),
    stride: size(2),
    pad,
  })
  .map(
    ({ batch, length, inChannels, outChannels, taps, stride, pad }): Case => [
      'conv2d',
      withGradients((x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad)),
      [example([batch, length, length, inChannels], 3), example([taps, taps, inChannels, outChannels], 4)],
    ],
  );

const pools = fc
  .record({
    batch: size(5),
    length: fc.integer({ min: 3, max: 10 }),
    channels: size(9),
    taps: size(3),
    stride: size(2),
    pad,
    max: fc.boolean(),
  })
  .map(
    ({ batch, length, channels, taps, stride, pad, max }): Case => [
      max ? 'maxPool' : 'avgPool',
      withGradients((x) => (max ? tf.maxPool : tf.avgPool)(x as tf.Tensor4D, taps, stride, pad)),
      [example([batch, length, length, channels], 5)],
    ],
  );

const pointwise = fc
  .integer({ min: 1, max: 30_000 })
  .map(
    (length): Case => [
      'relu, softplus and their sums',
      withGradients((x) => tf.add(tf.sum(tf.softplus(tf.relu(x))), tf.leakyRelu(x))),
      [example([length], 6)],
    ],
  );

/** A step of training: the loss of a small network, its gradients, and a batch normalisation in it. */
const network: Case = [
  'network',
  withGradients((x, filter, offset, scale, weights) => {
    const features = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same');
    const { mean, variance } = tf.moments(features, [0, 1, 2]);
    const normal = tf.batchNorm(features, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D, scale as tf.Tensor1D, 1e-3);
    const pooled = tf.maxPool(tf.relu(normal) as tf.Tensor4D, 2, 2, 'same');
    const logits = tf.matMul(tf.reshape(pooled, [33, -1]), weights);
    return tf.losses.softmaxCrossEntropy(
      tf.oneHot(
        tf.tensor1d(
          Array.from({ length: 33 }, (_, row) => row % 10),
          'int32',
        ),
        10,
      ),
      logits,
    );
  }),
  [example([33, 12, 12, 3], 7), example([3, 3, 3, 20], 8), example([20], 9), example([20], 10, 0.5, 1), example([720, 10], 11)],
];

/** Where two lists of outputs differ first, also in the sign of a zero. */
function firstDifference(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): string | undefined {
  for (const [output, values] of one.entries()) {
    if (values.length !== other[output]!.length) return `output ${output} has another length`;
    const index = values.findIndex((value, at) => !Object.is(value, other[output]![at]));
    if (index >= 0) return `output ${output}, element ${index}: ${values[index]} and ${other[output]![index]}`;
  }
  return undefined;
}

afterEach(async () => {
  vi.restoreAllMocks();
  (await enableTrainingKernels()).disable();
});

describe('threads', () => {
  it('give the same bits as one thread on a heap of its own, forward and backward', async () => {
    const cases = [products, convolutions, pools, pointwise].flatMap((kind) => fc.sample(kind, { numRuns: 8, seed: 20261122 }));
    const results: number[][][][] = [];
    for (const threads of [1, 2, 3]) {
      const training = await enableTrainingKernels({ threads });
      expect(training.threads).toBe(threads);
      const answers: number[][][] = [];
      for (const [, computation, examples] of [...cases, network]) answers.push(await runOn('wasm', computation, examples));
      results.push(answers);
      training.disable();
    }
    [...cases, network].forEach(([name, , examples], index) => {
      const what = `${name} of ${JSON.stringify(examples.map(({ shape }) => shape))}`;
      for (const answers of results.slice(1)) expect(firstDifference(results[0]![index]!, answers[index]!), what).toBeUndefined();
    });
  });

  it('work on a heap that grows by hundreds of megabytes between their calls, and keep no tensors', async () => {
    await enableTrainingKernels({ threads: 3 });
    const backend = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
    const [before, tensors] = [backend.wasm.HEAPU8.length, tf.memory().numTensors];
    const kept: tf.Tensor[] = [];
    const one = tf.ones([200, 200]);
    for (let turn = 0; turn < 6; turn++) {
      kept.push(tf.zeros([12, 1024, 1024]));
      const product = tf.tidy(() => tf.matMul(one, one).dataSync());
      expect(product.every((number) => number === 200)).toBe(true);
    }
    expect(backend.wasm.HEAPU8.length - before).toBeGreaterThan(2.5e8);
    tf.dispose([...kept, one]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('hand out arrays of their own, which can be changed, sent and decoded', async () => {
    await enableTrainingKernels({ threads: 2 });
    await tf.setBackend('wasm');
    const numbers = tf.tensor1d([1, 2, 3]);
    const read = numbers.dataSync();
    expect(read.buffer).toBeInstanceOf(ArrayBuffer);
    read[0] = 7;
    expect([...numbers.dataSync()]).toEqual([1, 2, 3]);
    expect([...(await numbers.data())]).toEqual([1, 2, 3]);
    expect([...structuredClone(read, { transfer: [read.buffer as ArrayBuffer] })]).toEqual([7, 2, 3]);
    const words = tf.tensor1d(['a', 'longer than sixteen letters, ä']);
    expect([...words.dataSync()]).toEqual(['a', 'longer than sixteen letters, ä']);
    tf.dispose([numbers, words]);
  });
});

describe('the option threads', () => {
  it('comes down to one thread where the backend holds tensors, and says so, once', async () => {
    const { factory, priority } = tf.engine().registryFactory.wasm!;
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, priority);
    await tf.setBackend('wasm');
    const tensor = tf.tensor1d([1]);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const training = await enableTrainingKernels({ threads: 2 });
    expect(training.threads).toBe(1);
    expect(warn.mock.calls).toEqual([
      [
        'enableTrainingKernels: one thread instead of 2, since the wasm backend holds tensors already (1), in memory that is not shared. Call enableTrainingKernels before the first of them is made.',
      ],
    ]);
    tensor.dispose();
    training.disable();
    const notices: string[] = [];
    expect((await enableTrainingKernels({ threads: 2, onNotice: (message) => notices.push(message) })).threads).toBe(2);
    expect(notices).toEqual([]);
  });

  it('comes down to one thread where none can be started, and says so', async () => {
    vi.spyOn(Atomics, 'wait').mockImplementation(() => {
      throw new TypeError('Atomics.wait cannot be called in this context');
    });
    const notices: string[] = [];
    const training = await enableTrainingKernels({ threads: 2, onNotice: (message) => notices.push(message) });
    expect(training.threads).toBe(1);
    expect(notices).toEqual([
      'enableTrainingKernels: one thread instead of 2, since no others can be started (Atomics.wait cannot be called in this context).',
    ]);
  });

  it('does not change what is enabled already, and says so', async () => {
    const notices: string[] = [];
    const onNotice = (message: string) => notices.push(message);
    const training = await enableTrainingKernels({ threads: 1, onNotice });
    expect(await enableTrainingKernels({ threads: 1, onNotice })).toBe(training);
    expect(notices).toEqual([]);
    expect(await enableTrainingKernels({ threads: 2, onNotice })).toBe(training);
    expect(notices).toEqual([
      'enableTrainingKernels: the kernels are enabled already, with one thread. Call disable() first to change that.',
    ]);
  });

  it('is refused when it is no number of threads, and nothing is enabled then', async () => {
    const before = tf.getKernel('BatchMatMul', 'wasm');
    await expect(enableTrainingKernels({ threads: 0 })).rejects.toThrow(TrainingKernelError);
    expect(tf.getKernel('BatchMatMul', 'wasm')).toBe(before);
  });
});
