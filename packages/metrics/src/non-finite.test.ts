import { linf, type Model } from '@groundstate/core';
import { describeMetric, linearModel } from '@groundstate/testing';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { figuresOf, littleAttack, observation, observe } from '../tests/observations';
import { nonFinite } from './non-finite';

countTensors();
const threat = { norm: linf(), epsilon: 0.1 };
const adversaries = { end: { attack: littleAttack(), threat, on: 'labelled' as const } };

describeMetric(() => nonFinite({ adversaries }), littleAttack);

it('counts examples by view, and each one once under any', async () => {
  const [nan, infinity] = [Number.NaN, Number.POSITIVE_INFINITY];
  const seen = observation([
    { logits: [0, 1], fooled: { a: 1 }, attackedLogits: [1, 0] },
    { logits: [nan, 1], fooled: { a: 1 }, attackedLogits: [infinity, 0] },
    { logits: [0, 1], fooled: { a: 1 }, attackedLogits: [infinity, 0] },
    { logits: [0, -infinity], fooled: { a: 1 }, attackedLogits: [1, 0] },
  ]);
  expect(await figuresOf(nonFinite(), seen)).toEqual({ n: 4, any: 3, examples: { clean: 2, a: 2 } });
});

it('sees a model that overflows near its inputs, which every clean logit hides', async () => {
  // lead(x) = 4 x + 1 is positive everywhere: label 1 is right, and robust by any attack. Below 0.2 the logits are NaN.
  const linear = linearModel([4], 1);
  const broken: Model = { ...linear, logits: (x) => tf.add(linear.logits(x), tf.mul(tf.sqrt(tf.sub(x, 0.2)), 0)) as Tensor2D };
  const value = await figuresOf(nonFinite({ adversaries }), observe(broken, [[0.25], [0.5], [0.29]], [1, 1, 1]));
  expect(value).toEqual({ n: 3, any: 2, examples: { clean: 0, end: 2 } });
});
