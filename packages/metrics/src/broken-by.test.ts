import { defineAttack, examplesFromArrays, linf, restarts, type StepAttack, sequence } from '@groundstate/core';
import { describeMetric, linearModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { littleAttack, observation } from '../tests/observations';
import { brokenBy } from './broken-by';
import { evaluate } from './evaluate';

describeMetric(
  () => brokenBy(),
  () => littleAttack(),
);

/** Puts every example a little to the left. */
function left(by: number): StepAttack {
  return defineAttack({
    card: { name: 'left', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' },
    steps: 1,
    init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
    step: ({ rows }) => ({ rows: { adversarial: tf.sub(rows.adversarial, by) } }),
  });
}

// Class 1 above 0.5, all labels 1: 0.4 is wrong, 0.55 falls to a tenth, 0.65 and 0.68 to two tenths, 0.9 to none.
const model = linearModel([4], -2);
const examples = examplesFromArrays({ inputs: Float32Array.from([0.4, 0.55, 0.65, 0.68, 0.9]), labels: [1, 1, 1, 1, 1], shape: [1] });
const members = [left(0.03), left(0.1), left(0.2), left(0.01)];
const both = sequence({ name: 'both', members, keep: 'first' });
const options = { threat: { norm: linf(), epsilon: 0.2 }, metrics: [brokenBy()], seed: 0 } as const;

it('counts by member what was right and fell', async () => {
  const attacks = { both, once: left(0.1), twice: restarts(left(0.01), 2) };
  const { values } = await evaluate(model, examples, { ...options, attacks, batchSize: 2 });
  expect(values.brokenBy).toEqual({
    both: { right: 4, earlier: 0, members: [0, 1, 2] },
    once: { right: 4, earlier: 0, members: [1] },
    twice: { right: 4, earlier: 0, members: [] },
  });
});

it('tells apart what fell to an earlier attack, where only survivors are attacked', async () => {
  const { values } = await evaluate(model, examples, { ...options, attacks: { once: left(0.1), both }, survivorsOnly: true });
  expect(values.brokenBy.both).toEqual({ right: 4, earlier: 1, members: [0, 0, 2] });
});

it('counts nobody twice and nobody who was wrong', async () => {
  const seen = observation([
    { logits: [1, 0], fooled: { one: 0 } },
    { logits: [0, 1], fooled: { one: undefined } },
  ]);
  const state = await brokenBy().update({}, seen);
  seen.dispose();
  expect(state).toEqual({ one: { right: 1, earlier: 0, members: [] } });
});
