import { expect, it } from 'vitest';
import { parseNumber } from './numbers';
import { showBudget } from './show-budget';

it('a budget is shown as one types it, and read back as it was', () => {
  const budgets = [8 / 255, 1 / 255, 0.031, 0.1, 0.3, 0.5, 2, 3.5];
  expect(budgets.map(showBudget)).toEqual(['8/255', '1/255', '0.031', '0.1', '0.3', '0.5', '2', '3.5']);
  for (const budget of budgets) expect(parseNumber('run', '--epsilon', showBudget(budget))).toBe(budget);
});
