import { ascend, createNoise, l1, l2, linf } from '@groundstate/core';
import { describeObjective, linearModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { oneStepAdversarialTraining } from './one-step-at';

describeObjective(() => oneStepAdversarialTraining({ threat: { norm: l2(), epsilon: 0.2 } }).objective, { cost: 2 });
describeObjective(() => oneStepAdversarialTraining({ threat: { norm: linf(), epsilon: 0.1 }, randomStart: true }).objective, { cost: 2 });

const point = [0.4, 0.5];
/** Where the attack of the defence takes `point` on a linear model of weights (3, -4), label 1. */
function end(norm: ReturnType<typeof l2>, randomStart: boolean, bounds: readonly [number, number] = [0, 1]): number[] {
  return tf.tidy(() => {
    const { attack, threat } = oneStepAdversarialTraining({ threat: { norm, epsilon: 0.1 }, randomStart }).objective.adversaries![0]!;
    const goal = { kind: 'misclassify', labels: tf.ones([1], 'int32') as Tensor1D } as const;
    const model = linearModel([3, -4], 0, [2], bounds);
    return Array.from(
      ascend(attack, { model, inputs: tf.tensor2d([point]), goal, threat, noise: createNoise(0, Int32Array.of(7)) }).dataSync(),
    );
  });
}

it('steps by epsilon along the steepest direction of the norm', () => {
  // The loss of label 1 falls with the lead <(3, -4), x>: r = -0.1 (3, -4) / 5 under l2, -0.1 (1, -1) under linf, and under l1
  // everything on the coordinate of the larger weight.
  const expectAt = (got: number[], moved: readonly number[]): void =>
    got.forEach((value, i) => {
      expect(value).toBeCloseTo(point[i]! + moved[i]!, 6);
    });
  expectAt(end(l2(), false), [-0.06, 0.08]);
  expectAt(end(linf(), false), [-0.1, 0.1]);
  expectAt(end(l1(), false), [0, 0.1]);
  // Cut short by the box.
  expectAt(end(l2(), false, [0.36, 1]), [-0.04, 0.08]);
});

it('from a random start it ends in the ball all the same, and beyond the start', () => {
  const [x, y] = end(l2(), true) as [number, number];
  const length = Math.hypot(x - point[0]!, y - point[1]!);
  expect(length).toBeLessThan(0.1 * (1 + 1e-5));
  // From anywhere in the ball, a step of its radius ends at least that radius further down than the start was.
  expect(3 * (x - point[0]!) - 4 * (y - point[1]!)).toBeLessThan(0);
  expect([x, y]).not.toEqual(end(l2(), false));
});

it('is called after its start', () => {
  const threat = { norm: l2(), epsilon: 1 };
  expect(oneStepAdversarialTraining({ threat }).name).toBe('one-step-at');
  expect(oneStepAdversarialTraining({ threat, randomStart: true }).name).toBe('one-step-random-start-at');
});

it('refuses options that it does not have and budgets that are none', () => {
  const threat = { norm: l2(), epsilon: 1 };
  expect(() => oneStepAdversarialTraining({ threat, steps: 2 } as never)).toThrow(
    "oneStepAdversarialTraining: expected `option` to be one of 'threat', 'randomStart', 'warmUp', got \"steps\".",
  );
  expect(() => oneStepAdversarialTraining({ threat: { norm: l2(), epsilon: -1 } })).toThrow(
    'oneStepAdversarialTraining: expected `threat.epsilon` to be a finite number of at least 0, got -1.',
  );
  expect(() => oneStepAdversarialTraining({} as never)).toThrow(
    'oneStepAdversarialTraining: expected `threat.norm` to be one that it is defined for (linf, l2, l1), got undefined.',
  );
});
