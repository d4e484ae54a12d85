/** The budgets at which a defence is audited, and the attack that does it. */
import { apgdCe, pgd } from '@groundstate/attacks';
import { type Bounds, expected, type Norm, type StepAttack } from '@groundstate/core';

/** Of the threat's epsilon. Denser below it: there curves of trained defences bend. */
const factors = [0, 0.25, 0.5, 0.75, 1, 1.5, 2];

/** From 0 to twice epsilon, in input units; epsilon itself is among them, as it was given. */
export function budgetsOf(epsilon: number): readonly number[] {
  return factors.map((factor) => (factor === 1 ? epsilon : Number((factor * epsilon).toPrecision(12))));
}

/** The budget that lets any input of `size` components become any other. */
export function unboundedBudget(norm: Norm, [lower, upper]: Bounds, size: number): number {
  const width = upper - lower;
  if (!Number.isFinite(width)) throw expected('audit', 'model.bounds', 'finite', [lower, upper]);
  const reaches: Readonly<Record<string, number>> = { linf: width, l2: width * Math.sqrt(size), l1: width * size };
  const reach = reaches[norm.name];
  if (reach === undefined) throw expected('audit', 'threat.norm', `one of ${Object.keys(reaches).join(', ')}`, norm.name);
  return reach;
}

/** APGD on the cross-entropy where it is defined, PGD elsewhere (l1); `text` is how `--attack` says it. */
export function auditAttack(norm: Norm, steps: number): { readonly text: string; readonly attack: StepAttack } {
  const attack = [apgdCe({ steps }), pgd({ steps })].find(({ card }) => card.norms.includes(norm.name));
  if (!attack) throw expected('audit', 'threat.norm', 'one that apgd-ce or pgd is defined for', norm.name);
  return { text: `${attack.card.name}:steps=${steps}`, attack };
}
