import { describeMetric } from '@groundstate/testing';
import { expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { figuresOf, littleAttack, observation } from '../tests/observations';
import { compareOutcomes } from './compare-outcomes';
import { outcomes } from './outcomes';
import { pairedDifference } from './paired-difference';
import { robustAccuracy } from './robust-accuracy';

countTensors();
describeMetric(outcomes, littleAttack);

const [right, wrong] = [
  [0, 1],
  [1, 0],
] as const;
const rows = [
  { logits: right, fooled: { a: undefined, b: undefined } },
  { logits: right, fooled: { a: 0.1, b: undefined } },
  { logits: wrong, fooled: { a: undefined, b: undefined } },
  { logits: right, fooled: { a: undefined, b: 0.2 } },
];

it('says of every example whether it is right, and whether it stands under each attack and all of them', async () => {
  expect(await figuresOf(outcomes(), observation(rows))).toEqual({
    ids: [0, 1, 2, 3],
    standing: { clean: '1101', a: '1001', b: '1100', worst: '1000' },
  });
});

it('adds up to the robust accuracy', async () => {
  const { standing } = await figuresOf(outcomes(), observation(rows));
  for (const [name, { accuracy, n }] of Object.entries(await figuresOf(robustAccuracy(), observation(rows)))) {
    expect(standing[name]!.split('1').length - 1).toBe(Math.round(accuracy! * n));
  }
});

it('is in the order of the ids, whichever part came first', async () => {
  const metric = outcomes();
  const late = { ids: [7, 9], standing: { clean: '10' } };
  const early = { ids: [8, 2], standing: { clean: '01' } };
  expect(metric.compute(metric.merge(late, early))).toEqual({ ids: [2, 7, 8, 9], standing: { clean: '1100' } });
});

it('two models are compared on the same examples only, under an attack that both have met', () => {
  const left = { ids: [3, 5, 6], standing: { clean: '111', worst: '110' } };
  const other = { ids: [3, 5, 6], standing: { clean: '110', a: '000', worst: '000' } };
  expect(compareOutcomes(left, other)).toEqual(pairedDifference({ left: '110', right: '000' }));
  expect(compareOutcomes(left, other, 'clean')).toMatchObject({ onlyLeft: 1, onlyRight: 0, n: 3 });
  expect(() => compareOutcomes(left, { ...other, ids: [3, 5, 7] })).toThrow(
    'compareOutcomes: expected `right.ids` to be those of `left`, got [3, 5, 7]. Evaluate both models on the same examples.',
  );
  expect(() => compareOutcomes(left, { ...other, ids: [3, 5, 6, 7] })).toThrow('`right.ids`');
  expect(() => compareOutcomes(left, other, 'a')).toThrow(
    'compareOutcomes: expected `name` to be one that both have (clean, worst), got "a".',
  );
});
