import { l1, l2, linf } from '@groundstate/core';
import { describe, expect, it } from 'vitest';
import { parseAttacks } from '../assess';
import { auditAttack, budgetsOf, unboundedBudget } from './budgets';

describe('the budgets of an audit', () => {
  it('rise from 0 to twice epsilon, which is among them to the bit', () => {
    for (const epsilon of [0.3, 8 / 255, 2]) {
      const budgets = budgetsOf(epsilon);
      expect(budgets).toContain(epsilon);
      expect([...budgets].sort((a, b) => a - b)).toEqual(budgets);
      expect([budgets[0], budgets.at(-1)! / epsilon]).toEqual([0, expect.closeTo(2, 9)]);
    }
    expect(budgetsOf(0.3)).toEqual([0, 0.075, 0.15, 0.225, 0.3, 0.45, 0.6]);
  });

  it('reach in each norm from one corner of the box to the other when unbounded', () => {
    expect(unboundedBudget(linf(), [0, 1], 784)).toBe(1);
    expect(unboundedBudget(l2(), [0, 1], 784)).toBe(28);
    expect(unboundedBudget(l1(), [-1, 1], 784)).toBe(1568);
  });

  it.each([linf(), l2(), l1()])('are tried in $name with an attack that --attack knows by the same text', (norm) => {
    const { text, attack } = auditAttack(norm, 7);
    expect(attack.card.norms).toContain(norm.name);
    expect(attack.steps).toBe(7);
    expect(parseAttacks([text])[text]!.card).toEqual(attack.card);
  });
});
