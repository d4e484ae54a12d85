import type { Attack, AttackCard, AttackSetting, Plan } from '../contract/attack';
import { checkCard } from './define-attack';

/**
 * An attack that is made when norm, budget and number of classes are known: where its members or their options depend on them.
 *
 * @example
 * plan({ card, plan: ({ classes }) => sequence({ name: 'each-target', members: targets(classes - 1), keep: 'first' }) });
 */
export function plan(definition: { readonly card: AttackCard; readonly plan: (setting: AttackSetting) => Attack }): Plan {
  checkCard('plan', definition.card);
  return { kind: 'plan', ...definition };
}
