import { describeMetric } from '@groundstate/testing';
import { expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { littleAttack, observation } from '../tests/observations';
import { robustAccuracy } from './robust-accuracy';
import { wilson } from './wilson';

countTensors();
describeMetric(robustAccuracy, littleAttack);

const [right, wrong] = [
  [0, 1],
  [1, 0],
] as const;

it('counts what is right and not fooled, for every attack; under worst an example counts once', async () => {
  const seen = observation([
    { logits: right, fooled: { a: undefined, b: undefined } },
    { logits: right, fooled: { a: 0.1, b: undefined } },
    { logits: right, fooled: { a: 0.1, b: 0.2 } },
    { logits: right, fooled: { a: undefined, b: 0.2 } },
    { logits: right, fooled: { a: undefined, b: 0.2 } },
  ]);
  const metric = robustAccuracy();
  // a fools 2 of 5, b fools 3; together they fool 4, one of them twice.
  const values = metric.compute(await metric.update(metric.init(), seen));
  expect(values).toEqual({ a: wilson(3, 5), b: wilson(2, 5), worst: wilson(1, 5) });
  seen.dispose();
});

it('an example that is wrong when clean is not robust, whatever the attack says', async () => {
  const seen = observation([
    { logits: wrong, fooled: { a: undefined } },
    { logits: wrong, fooled: { a: 0 } },
    { logits: [0, Number.NaN], fooled: { a: undefined } },
    { logits: right, fooled: { a: undefined } },
  ]);
  const metric = robustAccuracy();
  expect(metric.compute(await metric.update(metric.init(), seen))).toEqual({ a: wilson(1, 4), worst: wilson(1, 4) });
  seen.dispose();
});

it('without an attack the worst case is the clean one', async () => {
  const seen = observation([{ logits: right }, { logits: wrong }]);
  const metric = robustAccuracy();
  expect(metric.compute(await metric.update(metric.init(), seen))).toEqual({ worst: wilson(1, 2) });
  seen.dispose();
});
