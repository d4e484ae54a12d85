import { linf } from '@groundstate/core';
import { describeMetric, linearModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { adversaryAt, figuresOf, littleAttack, observation, observe } from '../tests/observations';
import { margin } from './margin';

countTensors();
const threat = { norm: linf(), epsilon: 0.1 };

describeMetric(() => margin({ adversaries: { end: { attack: littleAttack(), threat, on: 'labelled' } } }), littleAttack);

it('is the lead of the label, in logits and in probabilities, on clean inputs and on those of the attack', async () => {
  // The label is 1. A lead of s in the logits of two classes is one of tanh(s / 2) in their probabilities.
  const leads = [-1, 0, 0.5, 2, 4] as const;
  const seen = observation(leads.map((lead) => ({ logits: [3, 3 + lead], fooled: { a: 0.1 }, attackedLogits: [1, lead] })));
  const { clean, a } = await figuresOf(margin(), seen);
  expect(clean).toMatchObject({ atMostZero: 0.4, nonFinite: 0, n: 5 });
  expect(clean?.logit).toEqual({ mean: 1.1, q5: expect.closeTo(-0.8, 8), q25: 0, median: 0.5, q75: 2, q95: expect.closeTo(3.6, 8) });
  const probabilities = leads.map((lead) => Math.tanh(lead / 2));
  expect(clean?.probability.mean).toBeCloseTo(probabilities.reduce((sum, value) => sum + value) / 5, 8);
  expect(clean?.probability.median).toBeCloseTo(Math.tanh(0.25), 8);
  // Of the attack: each lead less one.
  expect(a?.logit.mean).toBeCloseTo(0.1, 8);
  expect(a?.atMostZero).toBe(0.6);
});

it('the rival is the strongest of the other classes', async () => {
  const seen = observe(
    { ...linearModel([1], 0), classes: 3, logits: (x) => tf.concat([tf.sub(x, 5), tf.mul(x, 3), x], 1) as tf.Tensor2D },
    [[1]],
    [2],
  );
  const { clean } = await figuresOf(margin(), seen);
  // Logits (-4, 3, 1), label 2: 1 - 3.
  expect(clean?.logit.mean).toBeCloseTo(-2, 7);
  const [a, b, c] = [-4, 3, 1].map(Math.exp) as [number, number, number];
  expect(clean?.probability.mean).toBeCloseTo((c - b) / (a + b + c), 6);
});

it('logits that are not finite count among those not above zero, and in no mean', async () => {
  const seen = observation([
    { logits: [0, 1] },
    { logits: [0, Number.NaN] },
    { logits: [Number.NEGATIVE_INFINITY, 1] },
    { logits: [0, 3] },
  ]);
  const { clean } = await figuresOf(margin(), seen);
  expect(clean).toMatchObject({ atMostZero: 0.5, nonFinite: 2, n: 4, logit: { mean: 2 } });
});

it('logits of any size have probabilities', async () => {
  const { clean } = await figuresOf(margin(), observation([{ logits: [-2e38, 1e38] }, { logits: [800, -800] }]));
  expect(clean?.probability).toMatchObject({ mean: 0, q75: 0.5 });
});

it('an adversary shows how close the model came where the verdict of an attack would be the clean input', async () => {
  // lead(x) = 4 x - 2 at 0.7 is 0.8, and at the end, 0.6, it is 0.4: the model resists.
  const adversaries = { end: adversaryAt((inputs) => tf.sub(inputs, 0.1), 0.1) };
  const values = await figuresOf(margin({ adversaries }), observe(linearModel([4], -2), [[0.7]], [1]));
  expect(values.clean?.logit.mean).toBeCloseTo(0.8, 5);
  expect(values.end?.logit.mean).toBeCloseTo(0.4, 5);
});

it('says what is wrong with its adversaries', async () => {
  const adversary = adversaryAt((inputs) => inputs, 0.1);
  expect(() => margin({ adversaries: { clean: adversary } })).toThrow(
    "margin: expected `adversaries` to be named other than 'clean' and 'worst', got \"clean\".",
  );
  expect(() => margin({ adversaries: { a: { ...adversary, on: 'all' } } })).toThrow(
    'margin: expected `adversaries.a.on` to be \'labelled\', got "all".',
  );
  expect(() => margin({ adversary } as never)).toThrow('margin: expected `option` to be one of \'adversaries\', got "adversary".');
  const seen = observation([{ logits: [0, 1], fooled: { a: 0.1 } }]);
  await expect(margin({ adversaries: { a: adversary } }).update({}, seen)).rejects.toThrow(
    'named other than the evaluation\'s attacks, got "a".',
  );
  seen.dispose();
});
