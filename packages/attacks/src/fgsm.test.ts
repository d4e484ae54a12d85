import { ascend, createNoise, type Goal, l1, l2, linf, type Model } from '@groundstate/core';
import { describeAttack, linearModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { deviation, valuesOf } from '../tests/trace';
import { fgsm } from './fgsm';

describeAttack(() => fgsm());

const ids = Int32Array.from([0, 1]);
const labels = tf.ones([2], 'int32') as Tensor1D;
const attacked = (model: Model, inputs: Tensor, norm = linf(), goal: Goal = { kind: 'misclassify', labels }): Float32Array =>
  valuesOf(ascend(fgsm(), { model, inputs, goal, threat: { norm, epsilon: 0.25 }, noise: createNoise(0, ids) }));

describe('fgsm', () => {
  // lead = 3 x_0 - 4 x_1 for label 1: every coordinate moves by epsilon against its weight, the zero weight not at all.
  const model = linearModel([3, -4, 0], 0);
  const middle = tf.fill([2, 3], 0.5);

  it('goes to the worst corner of an linf ball on a linear model, exactly', () => {
    expect([...attacked(model, middle)]).toEqual([0.25, 0.75, 0.5, 0.25, 0.75, 0.5]);
  });

  it('goes to the worst point of an l2 ball: x - epsilon w / |w|, |w| = 5', () => {
    const row = [0.5 - 0.25 * 0.6, 0.5 + 0.25 * 0.8, 0.5];
    expect(deviation([attacked(model, middle, l2())], { shape: [2, 3], data: [...row, ...row] })).toBeLessThan(1e-6);
  });

  it('spends all of an l1 budget on the steepest coordinate that can move', () => {
    // |-4| is the steepest; where x_1 is at its bound already, 3 is.
    const edge = tf.tensor2d([
      [0.5, 0.5, 0.5],
      [0.5, 1, 0.5],
    ]);
    expect([...attacked(model, edge, l1())]).toEqual([0.5, 0.75, 0.5, 0.25, 1, 0.5]);
  });

  it('does not move coordinates that the box holds back', () => {
    const edge = tf.tensor2d([
      [0, 1, 0],
      [0.125, 0.875, 1],
    ]);
    expect([...attacked(model, edge)]).toEqual([0, 1, 0, 0, 1, 1]);
  });

  it('raises the logit of a target and lowers the others: the gradient is (target) - p', () => {
    const identity: Model = {
      name: 'identity',
      bounds: [0, 1],
      classes: 3,
      inputShape: [3],
      logits: (inputs) => tf.mul(inputs, 1) as Tensor2D,
    };
    const goal: Goal = { kind: 'target', classes: tf.tensor1d([2, 0], 'int32') };
    expect([...attacked(identity, middle, linf(), goal)]).toEqual([0.25, 0.25, 0.75, 0.75, 0.25, 0.25]);
  });

  it('names an option that it does not have', () => {
    expect(() => fgsm({ steps: 3 } as object)).toThrow('fgsm: expected `option` to be one of \'loss\', got "steps".');
  });
});
