import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../tests/tensors';
import type { Mode, TrainableModel } from '../contract/model';
import type { Noise } from '../contract/noise';
import { createNoise } from '../noise/create-noise';
import '../substrate/register-gradients';
import { logitsTogether, mostStackedRows } from './logits-together';
import { createStep } from './step';

type Pass = { readonly rows: number; readonly mode: Mode | undefined; readonly ids: number[] };

/** Products of inputs, half of them dropped by the example's noise, with fixed weights; notes its passes. */
function dropping(width: number, buffers: TrainableModel['buffers'] = {}): { readonly model: TrainableModel; readonly passes: Pass[] } {
  const passes: Pass[] = [];
  const logits = (inputs: Tensor, { mode, noise }: { readonly mode?: Mode; readonly noise?: Noise } = {}): Tensor2D => {
    passes.push({ rows: inputs.shape[0]!, mode, ids: [...(noise?.ids ?? [])] });
    const kept = mode === 'training' && noise ? tf.mul(inputs, tf.step(tf.sub(noise.uniform([width]), 0.5))) : inputs;
    const weights = createNoise(1, Int32Array.of(0)).normal([width, 3]);
    return tf.matMul(kept as Tensor2D, tf.reshape(weights, [width, 3]));
  };
  return { model: { name: 'dropping', bounds: [0, 1], classes: 3, inputShape: [width], weights: {}, buffers, logits }, passes };
}
const idsOf = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => 7 * i + 3);
const pointsOf = (count: number, ids: Int32Array, width: number): Tensor[] =>
  Array.from({ length: count }, (_, k) => createNoise(2, ids).stream(k).uniform([width]));

describe('logitsTogether', () => {
  leavesNoTensors();

  it('gives what passes one by one give, bit for bit, whatever is stacked and dropped', () => {
    const shape = fc.record({
      n: fc.integer({ min: 0, max: 40 }),
      count: fc.integer({ min: 1, max: 6 }),
      width: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(shape, fc.constantFrom<Mode>('inference', 'training'), fc.boolean(), ({ n, count, width }, mode, noisy) => {
        tf.tidy(() => {
          const { model } = dropping(width);
          const points = pointsOf(count, idsOf(n), width);
          const options = { mode, ...(noisy ? { noise: createNoise(4, idsOf(n)) } : {}) };
          const together = logitsTogether(model, points, options).map((logits) => [...logits.dataSync()]);
          expect(together).toEqual(points.map((point) => [...model.logits(point, options).dataSync()]));
        });
      }),
      { numRuns: 60 },
    );
  });

  it('stacks neighbours up to 128 rows, and leaves larger batches as they are', () => {
    const rowsFor = (n: number, count: number): number[] =>
      tf.tidy(() => {
        const { model, passes } = dropping(2);
        logitsTogether(model, pointsOf(count, idsOf(n), 2));
        return passes.map(({ rows }) => rows);
      });
    expect(mostStackedRows).toBe(128);
    expect(rowsFor(10, 3)).toEqual([30]);
    expect(rowsFor(64, 2)).toEqual([128]);
    expect(rowsFor(43, 3)).toEqual([86, 43]);
    expect(rowsFor(65, 2)).toEqual([65, 65]);
    expect(rowsFor(500, 2)).toEqual([500, 500]);
  });

  it('stacks nothing where an example depends on its batch', () => {
    tf.tidy(() => {
      const { model, passes } = dropping(2, { mean: tf.variable(tf.zeros([2])) });
      const points = pointsOf(3, idsOf(4), 2);
      for (const mode of ['training', 'batch-statistics', 'inference'] as const) logitsTogether(model, points, { mode });
      expect(passes.map(({ rows, mode }) => `${rows} ${mode}`)).toEqual([
        ...new Array<string>(3).fill('4 training'),
        ...new Array<string>(3).fill('4 batch-statistics'),
        '12 inference',
      ]);
      tf.dispose(Object.values(model.buffers));
    });
  });

  it('sees a point once that is asked for twice', () => {
    tf.tidy(() => {
      const { model, passes } = dropping(2);
      const [one, other] = pointsOf(2, idsOf(3), 2);
      const [first, second, third] = logitsTogether(model, [one!, other!, one!]);
      expect(third).toBe(first);
      expect(second).not.toBe(first);
      expect(passes.map(({ rows }) => rows)).toEqual([6]);
      expect(logitsTogether(model, [])).toEqual([]);
    });
  });

  it('in a step takes what was seen, remembers what it saw, and counts every row once', () => {
    tf.tidy(() => {
      const { model, passes } = dropping(2);
      const ids = idsOf(3);
      const [inputs, middle, end] = pointsOf(3, ids, 2) as [Tensor, Tensor, Tensor];
      const labelled = { ids, inputs, labels: tf.tensor1d([0, 1, 2], 'int32') };
      const { context, meter, onTape } = createStep({ model, labelled, noise: (some) => createNoise(6, some), progress: 0 });
      const options = { mode: 'training', noise: context.labelled.noise } as const;
      onTape(() => {
        const clean = context.model.logits(inputs, { mode: 'training' });
        const [again, ...others] = logitsTogether(context.model, [inputs, middle, end], options);
        expect(again).toBe(clean);
        expect(passes.map(({ rows }) => rows)).toEqual([3, 6]);
        expect(passes[1]!.ids).toEqual([...ids, ...ids]);
        // The masks of an example are those of its clean pass.
        const alone = [middle, end].map((point) => context.model.logits(point, options));
        expect(others.map((logits) => [...logits.dataSync()])).toEqual(alone.map((logits) => [...logits.dataSync()]));
      });
      onTape(() => {
        passes.length = 0;
        const [clean] = logitsTogether(context.model, [inputs, middle], options);
        expect(context.model.logits(inputs, { mode: 'training' })).toBe(clean);
        expect(passes.map(({ rows }) => rows)).toEqual([6]);
      });
      expect(meter).toEqual({ forwards: 3 + 6 + 6 + 6, backwards: 3 + 6 + 6 + 6 });
    });
  });

  it('has the gradients of passes one by one, for weights and for points', () => {
    tf.tidy(() => {
      const ids = idsOf(4);
      const points = pointsOf(3, ids, 2);
      const weights = tf.variable(tf.tensor2d([0.3, -0.2, 0.7, 0.1], [2, 2]));
      const base = dropping(2).model;
      const model: TrainableModel = {
        ...base,
        weights: { weights },
        logits: (x) => tf.tanh(tf.matMul(x as Tensor2D, weights as unknown as Tensor2D)),
      };
      const energy = (logits: readonly Tensor[]): tf.Scalar =>
        logits.map((z, k) => tf.mul(tf.sum(tf.square(z)), k + 1)).reduce((a, b) => tf.add(a, b)) as tf.Scalar;
      const at = (see: (given: Tensor[]) => Tensor[]): Float32Array[] =>
        [
          ...tf.grads((...given: Tensor[]) => energy(see(given)))(points),
          tf.variableGrads(() => energy(see(points)), [weights]).grads[weights.name]!,
        ].map((gradient) => gradient.dataSync() as Float32Array);
      const together = at((given) => logitsTogether(model, given));
      const alone = at((given) => given.map((point) => model.logits(point)));
      for (const [i, gradient] of together.entries()) {
        for (const [j, value] of gradient.entries()) expect(value).toBeCloseTo(alone[i]![j]!, 5);
      }
      weights.dispose();
    });
  });
});
