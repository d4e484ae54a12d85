import { l0, type Model, perturb } from '@groundstate/core';
import { describeAttack } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { type JsmaOptions, jsma } from './jsma';

// In the kit's linear model class 0 has a logit of 0 everywhere: no coordinate raises it, and the saliency map is empty.
describeAttack(() => jsma({ steps: 4 }), { passesPerStep: 2, seeksErrors: false });

/** z = x W + bias, with a row of W for each coordinate. */
const affine = (rows: readonly (readonly number[])[], bias: readonly number[]): Model => ({
  name: 'affine',
  bounds: [0, 1],
  classes: bias.length,
  inputShape: [rows.length],
  logits: (x) => tf.add(tf.matMul(x as Tensor2D, tf.tensor2d(rows as number[][])), [...bias]) as Tensor2D,
});
const classes = (value: number) => tf.tensor1d([value], 'int32') as Tensor1D;

async function outcome(model: Model, options: JsmaOptions, setting: { from?: number[]; target?: number; epsilon?: number } = {}) {
  const { from = new Array<number>(model.inputShape[0]!).fill(0), target, epsilon = Number.POSITIVE_INFINITY } = setting;
  const goal =
    target === undefined ? ({ kind: 'misclassify', labels: classes(0) } as const) : ({ kind: 'target', classes: classes(target) } as const);
  const request = { model, inputs: tf.tensor2d([from]), goal, threat: { norm: l0(), epsilon }, seed: 0 };
  const { adversarial, success, distance, backwards, by } = await perturb(jsma(options), request);
  return {
    end: [...valuesOf(adversarial)],
    success: valuesOf(success)[0],
    distance: valuesOf(distance)[0],
    backwards: backwards[0],
    by: by[0],
  };
}

describe('jsma', () => {
  /*
   * Target 1 gains (2, 1, 1, 0.1) by coordinate, the label loses (0.1, 0.2, 3, 0.1). Scores of the pairs: (0, 2) 3 * 3.1 = 9.3,
   * (1, 2) 2 * 3.2 = 6.4, (2, 3) 1.1 * 3.1, (0, 1) 3 * 0.3, (0, 3) 2.1 * 0.2, (1, 3) 1.1 * 0.3. After (0, 2) the target has 3 and the
   * label 3.1 less than its bias, after (1, 3) too the target 4.1 and the label 3.4 less.
   */
  const rows = [
    [-0.1, 2],
    [-0.2, 1],
    [-3, 1],
    [-0.1, 0.1],
  ];

  it('moves the pair that the saliency map says, and stops where the target is reached', async () => {
    const found = await outcome(affine(rows, [6, 0]), {}, { target: 1 });
    expect(found).toMatchObject({ end: [1, 0, 1, 0], success: 1, distance: 2 });
    // Two slopes at the start, and two where it is seen that it may stop.
    expect(found.backwards).toBe(4);
  });

  it('goes on with the pairs that are left, as far as gamma, steps and epsilon allow', async () => {
    const model = affine(rows, [7, 0]);
    expect(await outcome(model, {}, { target: 1 })).toMatchObject({ end: [1, 1, 1, 1], success: 1, distance: 4 });
    for (const options of [{ gamma: 0.75 }, { steps: 1 }]) {
      expect(await outcome(model, options, { target: 1 })).toMatchObject({ end: [0, 0, 0, 0], success: 0 });
    }
    const limited = await outcome(model, {}, { target: 1, epsilon: 3 });
    expect(limited).toMatchObject({ success: 0, backwards: 4 });
    expect(await outcome(model, {}, { target: 1, epsilon: 4 })).toMatchObject({ success: 1 });
  });

  it('leaves out coordinates at the end of the box, and those that are as good as there', async () => {
    // Coordinate 2 has nothing to give, where the label has 6.5 - 3 and the target 1: (0, 1) brings them to 3.2 and 4.
    for (const end of [1, Math.fround(0.995)]) {
      const found = await outcome(affine(rows, [6.5, 0]), {}, { from: [0, 0, end, 0], target: 1 });
      expect(found).toMatchObject({ end: [1, 1, end, 0], success: 1, distance: 2 });
    }
    // Two hundredths from the end it counts: with coordinate 0 the target has 3 and the label 6 - 0.1 - 3.
    const other = await outcome(affine(rows, [6, 0]), {}, { from: [0, 0, Math.fround(0.98), 0], target: 1 });
    expect(other).toMatchObject({ end: [1, 0, 1, 0], success: 1 });
  });

  it('takes several moves of less than the box, and goes down where theta is below zero', async () => {
    const model = affine(rows, [6, 0]);
    // The pair (0, 2) again and again: 1.25 * 3 >= 6 - 1.25 * 3.1 is out of the box; at 1 the target has 3 and the label 2.9.
    expect(await outcome(model, { theta: 0.25, gamma: 1 }, { target: 1 })).toMatchObject({ success: 0 });
    const near = affine(rows, [3, 0]);
    // Half of the way is enough: 1.5 beside 3 - 1.55.
    expect(await outcome(near, { theta: 0.25 }, { target: 1 })).toMatchObject({ end: [0.5, 0, 0.5, 0], success: 1, distance: 2 });
    const mirrored = affine(
      rows.map((row) => row.map((slope) => -slope)),
      [2.6, 4.1],
    );
    expect(await outcome(mirrored, { theta: -1 }, { from: [1, 1, 1, 1], target: 1 })).toMatchObject({ end: [0, 1, 0, 1], success: 1 });
    expect(await outcome(mirrored, {}, { from: [1, 1, 1, 1], target: 1 })).toMatchObject({ success: 0 });
  });

  it('without a target tries the likeliest classes and keeps the fewest coordinates', async () => {
    // The runner-up needs both pairs of the first four coordinates (0.9 beside 0.6), the third class the last two only (2 beside 0.8).
    const four = new Array<number[]>(4).fill([-0.1, 0.15, 0]);
    const two = new Array<number[]>(2).fill([-0.1, 0, 1]);
    const model = affine([...four, ...two], [1, 0.3, 0]);
    expect(await outcome(model, {})).toMatchObject({ end: [0, 0, 0, 0, 1, 1], distance: 2, by: 1 });
    expect(await outcome(model, { targets: 1 })).toMatchObject({ end: [1, 1, 1, 1, 0, 0], distance: 4, by: 0 });
    // With a target there is one run.
    expect(await outcome(model, {}, { target: 1 })).toMatchObject({ distance: 4, by: 0, backwards: 6 });
  });

  it('gives up where no pair raises the target and lowers the others', async () => {
    expect(
      await outcome(
        affine(
          [
            [1, 2],
            [1, 2],
          ],
          [1, 0],
        ),
        {},
        { target: 1 },
      ),
    ).toMatchObject({ success: 0, backwards: 2 });
  });

  it('says what is wrong with its options, and with a box that has no end', async () => {
    expect(() => jsma({ theta: 0 })).toThrow('jsma: expected `theta` to be a number other than 0, got 0.');
    expect(() => jsma({ gamma: 0 })).toThrow('jsma: expected `gamma` to be a finite number above 0 and of at most 1, got 0.');
    const endless = { ...affine(rows, [6, 0]), bounds: [0, Number.POSITIVE_INFINITY] as const };
    await expect(outcome(endless, {})).rejects.toThrow('jsma: expected `model.bounds` to be finite, got [0, Infinity].');
  });
});
