/**
 * FAB towards one of the likeliest wrong classes at a time: one gradient a step, however many classes there are. The third attack of
 * AutoAttack.
 *
 * Source: "Minimally distorted adversarial examples with a fast adaptive boundary attack", F. Croce, M. Hein, 2020
 * (arXiv 1907.02044), and "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks",
 * the same, 2020 (arXiv 2003.01690).
 */
import { checkKeys, checkNumber, checkOneOf, margin, type Plan, plan, sequence } from '@groundstate/core';
import { type FabOptions, fabRun } from './fab';

/** Options of `fabT`: those of a run, how many runs, and which example they attack. */
export interface FabTOptions extends FabOptions {
  /** The likeliest wrong classes to go for; all of them where there are fewer. @default 9 */
  readonly targets?: number;
  /**
   * `nearest`: every example is attacked towards every target, for the smallest perturbation. `first`: a target is gone for where no
   * earlier one succeeded within epsilon, which is enough to judge a fixed budget. @default 'nearest'
   */
  readonly keep?: 'nearest' | 'first';
}

/**
 * For each target two forward passes and one gradient a step.
 *
 * @example
 * fabT({ targets: 3 });
 */
export function fabT(options: FabTOptions = {}): Plan {
  const { targets: most = 9, keep = 'nearest', ...run } = options;
  checkKeys('fab-t', options, ['steps', 'alphaMax', 'eta', 'beta', 'randomStart', 'targets', 'keep']);
  checkNumber('fab-t', 'targets', most, { integer: true, min: 1 });
  checkOneOf('fab-t', 'keep', keep, ['nearest', 'first']);
  const { card } = fabRun('fab-t', [margin()], run);
  return plan({
    card,
    plan: ({ classes }) => {
      const count = Math.min(most, classes - 1);
      const members = Array.from({ length: count }, (_, i) => fabRun(`fab-t-${i + 1}`, [margin({ towards: i + 2 })], run));
      return sequence({ name: 'fab-t', members, keep });
    },
  });
}
