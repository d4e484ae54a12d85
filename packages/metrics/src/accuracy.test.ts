import { describeMetric } from '@groundstate/testing';
import { expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { littleAttack, observation } from '../tests/observations';
import { accuracy } from './accuracy';
import { wilson } from './wilson';

countTensors();
describeMetric(accuracy, littleAttack);

it('is the share of examples whose largest logit is that of the label', async () => {
  // All labels are 1: right are the first and the last.
  const seen = observation([{ logits: [-1, 2] }, { logits: [3, 2] }, { logits: [0, -5] }, { logits: [-9, -8] }]);
  const metric = accuracy();
  const state = await metric.update(metric.init(), seen);
  expect(state).toEqual({ right: 2, n: 4 });
  expect(metric.compute(state)).toEqual(wilson(2, 4));
  expect(metric.compute(metric.merge(state, { right: 1, n: 1 }))).toEqual(wilson(3, 5));
  seen.dispose();
});

it('logits that are not finite are wrong, wherever they stand', async () => {
  const [nan, infinity] = [Number.NaN, Number.POSITIVE_INFINITY];
  const seen = observation([{ logits: [nan, 2] }, { logits: [0, nan] }, { logits: [0, infinity] }, { logits: [-infinity, 0] }]);
  expect(await accuracy().update(accuracy().init(), seen)).toEqual({ right: 0, n: 4 });
  seen.dispose();
});

it('before the first example there is no share', () => {
  expect(accuracy().compute(accuracy().init())).toEqual({ accuracy: null, low: null, high: null, n: 0 });
});
