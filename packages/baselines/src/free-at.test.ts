import { cleanLoss, createNoise, createStep, l2, linf, type Terms, type TrainableModel } from '@groundstate/core';
import { describeObjective, smoothModel } from '@groundstate/testing';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { freeAdversarialTraining, freeDescent } from './free-at';

// Losses, gradients and delta of whole steps stand beside an outside implementation in tests/free-at-reference.test.ts.
const threat = { norm: linf(), epsilon: 0.1 };

describeObjective(() => freeAdversarialTraining({ threat }).objective, { cost: 1 });

/** One step with n rows of the same inputs; the memory belongs to the caller. */
function descend(model: TrainableModel, n: number, memory: NamedTensorMap, evaluate?: () => Terms): NamedTensorMap {
  return tf.tidy(() => {
    const ids = Int32Array.from({ length: n }, (_, i) => i);
    const inputs = createNoise(3, ids).stream('inputs').uniform([6], [0.2, 0.8]);
    const labelled = { ids, inputs, labels: tf.zeros([n], 'int32') as tf.Tensor1D };
    const { context, contextAt, onTape, meter } = createStep({ model, labelled, noise: (rows) => createNoise(9, rows), progress: 0 });
    const terms = (moved?: Tensor): Terms => onTape(evaluate ?? (() => cleanLoss().evaluate(moved ? contextAt(moved) : context)));
    const { memory: next } = freeDescent({ threat }).gradients(model, terms, context, memory);
    expect(meter).toEqual({ forwards: n, backwards: n });
    return { ...next };
  });
}

it('a shorter batch moves the first rows of delta, a longer one adds rows that start at zero', () => {
  const model = smoothModel();
  const left = tf.memory().numTensors;
  const first = descend(model, 2, {});
  const second = descend(model, 1, first);
  const third = descend(model, 3, second);
  const fresh = descend(model, 3, {});
  const rows = ({ delta }: NamedTensorMap): number[][] => (delta as tf.Tensor2D).arraySync();
  expect([first, second, third].map(({ delta }) => delta!.shape[0])).toEqual([2, 2, 3]);
  expect(rows(second)[1]).toEqual(rows(first)[1]);
  expect(rows(third)[2]).toEqual(rows(fresh)[2]);
  // One step of epsilon from zero: every coordinate at the edge of the ball.
  expect(
    rows(fresh)
      .flat()
      .every((value) => Math.abs(Math.abs(value) - 0.1) < 1e-6),
  ).toBe(true);
  tf.dispose([first, second, third, fresh]);
  expect(tf.memory().numTensors).toBe(left);
  model.dispose();
});

it('leaves nothing behind where the objective throws', () => {
  const model = smoothModel();
  const left = tf.memory().numTensors;
  const broken = (): Terms => {
    throw new Error('broken');
  };
  expect(() => descend(model, 2, {}, broken)).toThrow('broken');
  expect(tf.memory().numTensors).toBe(left);
  model.dispose();
});

it('is the clean loss with a descent, eight times a batch', () => {
  const { name, replays, descent, objective } = freeAdversarialTraining({ threat });
  expect([name, replays, descent?.name, objective.name]).toEqual(['free-at', 8, 'free linf 0.1 by 0.1', 'clean-loss']);
  expect(freeAdversarialTraining({ threat: { norm: l2(), epsilon: 2 }, step: 0.5, replays: 4 })).toMatchObject({
    replays: 4,
    descent: { name: 'free l2 2 by 0.5' },
  });
});

it('refuses what it does not know', () => {
  expect(() => freeAdversarialTraining({ threat, replays: 0 })).toThrow(
    'freeAdversarialTraining: expected `replays` to be an integer of at least 1, got 0.',
  );
  expect(() => freeDescent({ threat, step: 0 })).toThrow('freeDescent: expected `step` to be a finite number above 0, got 0.');
  expect(() => freeDescent({ threat: { norm: { ...linf(), name: 'l1' }, epsilon: 1 } })).toThrow(
    'freeDescent: expected `threat.norm` to be one that it is defined for (linf, l2), got "l1".',
  );
});
