import { binaryModel, describeObjective } from '@groundstate/testing';
import type { Scalar, Tensor1D, TensorContainer } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { classes, climb, column } from '../../tests/problems';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import type { Adversary, Objective, StepContext } from '../contract/objective';
import { createStep } from '../drivers/step';
import { createNoise } from '../noise/create-noise';
import { linf } from '../norms/linf';
import { linear } from '../schedules';
import '../substrate/register-gradients';
import { cleanLoss } from './clean-loss';
import { scale } from './scale';
import { sum } from './sum';

describeObjective(() => cleanLoss(), { cost: 1 });
describeObjective(() => scale(2, cleanLoss()), { cost: 1 });
describeObjective(() => sum(cleanLoss(), constant('other', 3)), { cost: 1 });

function constant(name: string, value: number, adversaries?: readonly Adversary[]): Objective<number> {
  return {
    name,
    terms: [name],
    ...(adversaries ? { adversaries, prepare: ({ adversarial }) => adversarial(adversaries[0]!).shape[0]! } : {}),
    evaluate: (_, prepared) => ({ [name]: tf.scalar(value + (prepared ?? 0)) }),
  };
}

/** What `read` makes of a step half-way through the training, on inputs 0.2 and 0.7 with labels 1 and 0. */
function within<T extends TensorContainer>(read: (context: StepContext, passes: () => number) => T): T {
  return tf.tidy(() => {
    const model = binaryModel('line', [1], (x) => tf.reshape(x, [-1]) as Tensor1D);
    const labelled = { ids: Int32Array.from([0, 1]), inputs: column(0.2, 0.7), labels: classes(1, 0) };
    const { context, meter } = createStep({ model, labelled, noise: (ids) => createNoise(1, ids), progress: 0.5 });
    return read(context, () => meter.forwards);
  });
}

const termsOf = (objective: Objective): Record<string, number> =>
  within((context) => {
    const terms = objective.evaluate(context, objective.prepare?.(context));
    return Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, term.dataSync()[0]!]));
  });

describe('cleanLoss', () => {
  leavesNoTensors();

  it('is the mean of -log p_y: log(1 + exp(-0.2)) and log(1 + exp(0.7)) here', () => {
    const expected = (Math.log1p(Math.exp(-0.2)) + Math.log1p(Math.exp(0.7))) / 2;
    expectClose([termsOf(cleanLoss()).cleanLoss!], [expected]);
  });
});

describe('sum', () => {
  leavesNoTensors();

  it('puts the terms of its objectives side by side, each with its own constants', () => {
    const adversary: Adversary = { attack: climb({ steps: 1 }), threat: { norm: linf(), epsilon: 0.1 }, on: 'labelled' };
    const objective = sum(constant('a', 1, [adversary]), constant('b', 5), constant('c', 7, [adversary]));
    expect(objective.name).toBe('a + b + c');
    expect(objective.terms).toEqual(['a', 'b', 'c']);
    expect(objective.adversaries).toEqual([adversary]);
    expect(termsOf(objective)).toEqual({ a: 3, b: 5, c: 9 });
    // Two examples, one step: the adversary that two objectives share is attacked once.
    const spent = within((context, passes) => {
      objective.prepare!(context);
      return passes();
    });
    expect(spent).toBe(2);
  });

  it('nests', () => {
    expect(termsOf(sum(sum(constant('a', 1), constant('b', 2)), scale(3, constant('c', 1))))).toEqual({ a: 1, b: 2, c: 3 });
    expect('adversaries' in sum(constant('a', 1))).toBe(false);
  });

  it('refuses two terms of one name, and no objectives', () => {
    expect(() => sum(cleanLoss() as Objective, cleanLoss() as Objective)).toThrow(
      'sum: expected `terms` to be different names, got "cleanLoss". Two objectives report a term of this name.',
    );
    expect(() => sum()).toThrow('sum: expected `objectives` to be at least one objective, got [].');
  });
});

describe('scale', () => {
  leavesNoTensors();

  it('multiplies every term by the weight, or by what the schedule says at this point of the training', () => {
    expect(termsOf(scale(3, constant('a', 2)))).toEqual({ a: 6 });
    expect(termsOf(scale(linear(0, 4), constant('a', 2)))).toEqual({ a: 4 });
    expect(scale(3, constant('a', 2)).name).toBe('3 a');
    expect(scale(linear(0, 4), constant('a', 2)).name).toBe('scheduled a');
  });

  it('scales the gradient too', () => {
    const square: Objective = {
      name: 'square',
      terms: ['square'],
      evaluate: ({ labelled }) => ({ square: tf.sum(tf.square(labelled.inputs)) as Scalar }),
    };
    const gradient = valuesOf(() =>
      tf.grad((inputs: tf.Tensor) =>
        within(
          ({ labelled, ...context }) => scale(0.5, square).evaluate({ ...context, labelled: { ...labelled, inputs } }, undefined).square!,
        ),
      )(column(3, 4)),
    );
    expect(gradient).toEqual([3, 4]);
  });

  it('says what it refuses', () => {
    expect(() => scale(Number.NaN, cleanLoss())).toThrow('scale: expected `weight` to be a finite number, got NaN.');
    expect(() => scale('2' as never, cleanLoss())).toThrow('scale: expected `weight` to be a number or a schedule, got "2".');
  });
});
