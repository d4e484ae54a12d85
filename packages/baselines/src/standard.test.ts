import { describeObjective } from '@groundstate/testing';
import { expect, it } from 'vitest';
import { standard } from './standard';

describeObjective(() => standard().objective, { cost: 1 });

it('is the clean loss and nothing else', () => {
  const { name, objective, ...rest } = standard();
  expect([name, objective.terms, objective.adversaries, rest]).toEqual(['standard', ['cleanLoss'], undefined, {}]);
});
