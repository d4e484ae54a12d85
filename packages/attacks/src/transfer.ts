/**
 * Transfer: any attack, carried out on a substitute model and tried on the one in question, of which nothing is needed but its answers. What
 * it breaks and attacks on the model's own gradients do not is a sign of masked gradients.
 *
 * Source: "Practical black-box attacks against machine learning", N. Papernot, P. McDaniel, I. Goodfellow, S. Jha, Z. B. Celik,
 * A. Swami, 2017 (arXiv 1602.02697).
 */
import {
  type Attack,
  checkKeys,
  checkOneOf,
  defineAttack,
  expected,
  type Model,
  plan,
  problemOn,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';

/** Options of `transfer`: which points the model in question is shown. */
export interface TransferOptions {
  /**
   * `last`: the point at which the attack on the substitute ends, one forward pass an example. `every`: each iterate, one
   * forward pass a step; the best of them counts. @default 'last'
   */
  readonly show?: 'last' | 'every';
}

/**
 * Passes of the substitute are not counted: they cost its owner, not the model in question. With `show: 'last'` choose an attack that
 * ends where it is strongest, such as PGD or MI-FGSM.
 *
 * @example
 * transfer(pgd({ steps: 40 }), substitute);
 */
export function transfer(attack: Attack, substitute: Model, options: TransferOptions = {}): Attack {
  checkKeys('transfer', options, ['show']);
  const show = checkOneOf('transfer', 'show', options.show ?? 'last', ['last', 'every']);
  if (typeof substitute?.logits !== 'function') throw expected('transfer', 'substitute', 'a model', substitute);
  const card = { ...attack.card, name: `${attack.card.name}-transfer`, access: 'labels' as const };
  if (attack.kind === 'plan') {
    const { classes } = substitute;
    return plan({ card, plan: (setting) => transfer(attack.plan({ ...setting, classes }), substitute, options) });
  }
  if (attack.kind === 'sequence') {
    return { ...attack, card, members: attack.members.map((member) => transfer(member, substitute, options)) };
  }
  return onSubstitute({ ...attack, card }, substitute, show);
}

/** The state is the attack's own, and the substitute's answer to the clean inputs. */
function onSubstitute({ init, step, confidence: _, ...rest }: StepAttack, substitute: Model, show: 'last' | 'every'): StepAttack {
  return defineAttack({
    ...rest,
    init: (problem) => {
      const substituteLogits = substitute.logits(problem.inputs, { mode: 'inference' });
      const { rows, ...shared } = init(problemOn(substitute, problem, substituteLogits));
      return { ...shared, rows: { ...rows, substituteLogits } };
    },
    step: (state, problem, turn) => {
      const { substituteLogits } = state.rows as unknown as { substituteLogits: Tensor2D };
      // What is shown is the point before the step: the driver shows the last one itself. Rows that are done end unseen otherwise.
      if (show === 'every' && turn.index > 0) problem.oracle.logits(state.rows.adversarial);
      const { rows, ...shared } = step(state, problemOn(substitute, problem, substituteLogits), turn);
      if (rows.done) problem.oracle.logits(rows.adversarial);
      return { ...shared, rows: { ...rows, substituteLogits } };
    },
  });
}
