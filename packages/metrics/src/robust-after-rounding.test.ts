import { defineAttack, examplesFromArrays, l2, linf, type Model, type StepAttack, type ThreatModel } from '@groundstate/core';
import { describeMetric, linearModel } from '@groundstate/testing';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { littleAttack } from '../tests/observations';
import { evaluate } from './evaluate';
import { robustAccuracy } from './robust-accuracy';
import { robustAfterRounding } from './robust-after-rounding';
import { wilson } from './wilson';

describeMetric(
  () => robustAfterRounding({ threat: { norm: linf(), epsilon: 0.1 } }),
  () => littleAttack(),
);

/** Ends where it is told. */
function shift(by: number | number[]): StepAttack {
  return defineAttack({
    card: { name: 'shift', norms: ['linf', 'l2'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' },
    steps: 1,
    init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
    step: ({ rows }) => ({ rows: { adversarial: tf.add(rows.adversarial, by) } }),
  });
}

const measure = async (inputs: readonly number[], boundary: number, attack: StepAttack, threat: ThreatModel, bits: number) => {
  // Class 1 above the boundary; all labels 0.
  const model = linearModel([100], -100 * boundary);
  const examples = examplesFromArrays({ inputs: Float32Array.from(inputs), labels: inputs.map(() => 0), shape: [1] });
  const metrics = [robustAccuracy(), robustAfterRounding({ threat, bits })] as const;
  const { values } = await evaluate(model, examples, { attacks: { shift: attack }, threat, metrics, seed: 0 });
  return [values.robustAccuracy.shift, values.robustAfterRounding.shift, values.robustAfterRounding.worst];
};

/** Levels of two bits: 0, 1/3, 2/3, 1. */
it('a perturbation between two levels falls back to the nearest', async () => {
  const threat = { norm: linf(), epsilon: 0.3 };
  // From 1/3: over the boundary at 0.4 by 0.11, and back at 1/3 by rounding; by 0.2 it rounds to 2/3, outside of the ball, and goes back to 1/3.
  for (const by of [0.11, 0.2]) {
    expect(await measure([1 / 3], 0.4, shift(by), threat, 2)).toEqual([wilson(0, 1), wilson(1, 1), wilson(1, 1)]);
  }
  // In a larger ball 2/3 is inside.
  expect(await measure([1 / 3], 0.4, shift(0.2), { norm: linf(), epsilon: 0.34 }, 2)).toEqual([wilson(0, 1), wilson(0, 1), wilson(0, 1)]);
});

it('a perturbation of whole levels is left as it is, in every norm, though float32 has neither exactly', async () => {
  for (const norm of [linf(), l2()]) {
    const threat = { norm, epsilon: 8 / 255 };
    expect(await measure([100 / 255, 101 / 255, 3 / 255], 107.5 / 255, shift(8 / 255), threat, 8)).toEqual([
      wilson(1, 3),
      wilson(1, 3),
      wilson(1, 3),
    ]);
  }
});

it('where one coordinate must go inwards, those that are levels stay, though float32 has them a little below', async () => {
  // Fooled where the first coordinate is 7.5 levels above the third, which is its clean value. The second leaves the ball by rounding.
  const model = linearModel([2550, 0, -2550], -75, [3]);
  const clean = Array.from({ length: 200 }, (_, level) => [level / 255, 127 / 255, level / 255]).flat();
  const examples = examplesFromArrays({ inputs: Float32Array.from(clean), labels: new Array<number>(200).fill(0), shape: [3] });
  const threat = { norm: linf(), epsilon: 8.6 / 255 };
  const attacks = { shift: shift([8 / 255, 8.6 / 255, 0]) };
  const { values } = await evaluate(model, examples, { attacks, threat, metrics: [robustAfterRounding({ threat })], seed: 0 });
  expect(values.robustAfterRounding.shift).toEqual(wilson(0, 200));
});

it('what no level inside of the ball can stand for does not count as fooled', async () => {
  // Right between 0.1 and 0.5 or so. Of one bit 0 and 1 are the levels, both wrong and both too far from 0.45.
  const band: Model = {
    ...linearModel([1], 0),
    logits: (inputs) => tf.concat([tf.zerosLike(inputs), tf.sub(tf.mul(100, tf.square(tf.sub(inputs, 0.3))), 4)], 1) as Tensor2D,
  };
  const examples = examplesFromArrays({ inputs: Float32Array.of(0.45), labels: [0], shape: [1] });
  for (const [epsilon, standing] of [
    [0.2, 1],
    [0.46, 0],
  ] as const) {
    const threat = { norm: linf(), epsilon };
    const metrics = [robustAccuracy(), robustAfterRounding({ threat, bits: 1 })] as const;
    const { values } = await evaluate(band, examples, { attacks: { shift: shift(0.15) }, threat, metrics, seed: 0 });
    expect([values.robustAccuracy.shift, values.robustAfterRounding.shift]).toEqual([wilson(0, 1), wilson(standing, 1)]);
  }
});

it('says what is wrong with its options', () => {
  const threat = { norm: linf(), epsilon: 0.1 };
  expect(() => robustAfterRounding({ threat, bits: 0 })).toThrow(
    'robustAfterRounding: expected `bits` to be an integer of at least 1 and of at most 16, got 0.',
  );
  expect(() => robustAfterRounding({ threat, levels: 3 } as never)).toThrow(
    "expected `option` to be one of 'threat', 'bits', got \"levels\".",
  );
});
