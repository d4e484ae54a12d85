/**
 * APGD on the targeted difference of logits ratio: one run towards each of the likeliest wrong classes, on the examples that still
 * stand. The second attack of AutoAttack.
 *
 * Source: "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", F. Croce,
 * M. Hein, 2020 (arXiv 2003.01690). With two or three classes, where that ratio is not defined, the runs ascend the plain difference
 * of logits z_t - z_y.
 */
import { checkKeys, checkNumber, dlr, margin, type Plan, plan, sequence } from '@groundstate/core';
import { type ApgdOptions, apgd } from './apgd';

/** Options of `apgdT`: those of a run, and how many runs. */
export interface ApgdTOptions extends ApgdOptions {
  /** The likeliest wrong classes to go for; all of them where there are fewer. @default 9, under l1 5, as in AutoAttack */
  readonly targets?: number;
}

/**
 * For each target as many gradient evaluations as steps, and one at the start.
 *
 * @example
 * apgdT({ targets: 3 });
 */
export function apgdT(options: ApgdTOptions = {}): Plan {
  checkKeys('apgd-t', options, ['steps', 'rho', 'shrinkingRadius', 'targets']);
  const { targets, ...run } = options;
  if (targets !== undefined) checkNumber('apgd-t', 'targets', targets, { integer: true, min: 1 });
  const { card } = apgd('apgd-t', dlr(), run);
  return plan({
    card: { ...card, goals: ['misclassify', 'change'] },
    plan: ({ norm, classes }) => {
      const count = Math.min(targets ?? (norm === 'l1' ? 5 : 9), classes - 1);
      const members = Array.from({ length: count }, (_, i) => {
        const towards = i + 2;
        return apgd(`apgd-t-${i + 1}`, classes >= 4 ? dlr({ towards }) : margin({ towards }), run);
      });
      return sequence({ name: 'apgd-t', members, keep: 'first' });
    },
  });
}
