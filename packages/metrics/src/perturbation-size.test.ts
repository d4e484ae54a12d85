import { describeMetric } from '@groundstate/testing';
import { expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { littleAttack, observation } from '../tests/observations';
import { perturbationSize } from './perturbation-size';

countTensors();
describeMetric(perturbationSize, littleAttack);

const [right, wrong] = [
  [0, 1],
  [1, 0],
] as const;

it('is the mean and the median over those that were right and then fooled', async () => {
  const metric = perturbationSize();
  const seen = observation([
    { logits: right, fooled: { a: 0.5, b: 4 } },
    { logits: right, fooled: { a: undefined, b: 1 } },
    { logits: wrong, fooled: { a: 0, b: 0 } },
    { logits: right, fooled: { a: 0.25, b: undefined } },
    { logits: right, fooled: { a: 2.25, b: undefined } },
  ]);
  // a: 0.5, 0.25, 2.25: mean 1, median 0.5. b: 4, 1: mean 2.5, median between the two. The third was wrong already.
  // The smallest of the two: 0.5, 1, 0.25, 2.25.
  expect(metric.compute(await metric.update(metric.init(), seen))).toEqual({
    a: { mean: 1, median: 0.5, n: 3 },
    b: { mean: 2.5, median: 2.5, n: 2 },
    worst: { mean: 1, median: 0.75, n: 4 },
  });
  seen.dispose();
});

it('an attack that fooled nothing has no sizes', async () => {
  const metric = perturbationSize();
  const seen = observation([
    { logits: right, fooled: { a: undefined } },
    { logits: wrong, fooled: { a: 0 } },
  ]);
  expect(metric.compute(await metric.update(metric.init(), seen))).toEqual({
    a: { mean: null, median: null, n: 0 },
    worst: { mean: null, median: null, n: 0 },
  });
  expect(metric.compute(metric.init())).toEqual({});
  seen.dispose();
});
