/**
 * The sign of catastrophic overfitting: a model that withstands the one-step attack it was trained on and falls to several
 * steps of the same budget. Measured as accuracy under the weak attack less accuracy under the strong one, paired over the examples.
 *
 * Source: "Fast is better than free: revisiting adversarial training", E. Wong, L. Rice, J. Z. Kolter, 2020 (arXiv 2001.03994);
 * "Understanding and improving fast adversarial training", M. Andriushchenko, N. Flammarion, 2020 (arXiv 2007.02617); "Make some
 * noise: reliable and efficient single-step adversarial training", P. de Jorge et al., 2022 (arXiv 2202.01181).
 */
import { checkKeys, checkNumber, expected, type Metric, type Observation } from '@groundstate/core';
import { differenceOf, type PairedDifference } from './paired-difference';
import { standingOf } from './standing';
import { type Proportion, wilson } from './wilson';

/** Options of `catastrophicOverfitting`: the two attacks, and the gap that counts. */
export interface CatastrophicOverfittingOptions {
  /** The name of the one-step attack in the evaluation. @default 'fgsm' */
  readonly weak?: string;
  /** The name of the attack of several steps. @default 'pgd' */
  readonly strong?: string;
  /**
   * A gap that no sound model shows. The default is the fall in accuracy under PGD at which the program of Wong et al. stops training;
   * one-step training that has not collapsed leaves gaps of a few hundredths. @default 0.2
   */
  readonly threshold?: number;
}

type State = { readonly both: number; readonly onlyWeak: number; readonly onlyStrong: number; readonly neither: number };

/** What `catastrophicOverfitting` found: accuracy under both attacks, their gap, a verdict. */
export type CatastrophicOverfitting = {
  readonly weak: Proportion;
  readonly strong: Proportion;
  /** Weak less strong; `onlyLeft` counts the examples that only the strong attack fools: the signal. */
  readonly gap: PairedDifference;
  /**
   * By the gap's interval: `overfitted` where all of it lies above the threshold, `not-seen` where none of it does, and else
   * `undecided`. A model that no strong attack was able to fool for want of gradients shows no gap either.
   */
  readonly verdict: 'overfitted' | 'not-seen' | 'undecided';
};

/**
 * @example
 * evaluate(model, examples, { metrics: [catastrophicOverfitting()], attacks: { fgsm: fgsm(), pgd: pgd() }, threat, seed: 0 });
 */
export function catastrophicOverfitting(
  options: CatastrophicOverfittingOptions = {},
): Metric<State, CatastrophicOverfitting, 'catastrophicOverfitting'> {
  checkKeys('catastrophicOverfitting', options, ['weak', 'strong', 'threshold']);
  const { weak = 'fgsm', strong = 'pgd' } = options;
  const threshold = checkNumber('catastrophicOverfitting', 'threshold', options.threshold ?? 0.2, { min: 0, max: 1 });
  if (weak === strong) throw expected('catastrophicOverfitting', 'strong', 'another attack than `weak`', strong);
  return {
    name: 'catastrophicOverfitting',
    init: () => ({ both: 0, onlyWeak: 0, onlyStrong: 0, neither: 0 }),
    update: async (state, seen) => {
      checkNamed(seen, { weak, strong });
      const { attacks } = await standingOf(seen);
      const next = { ...state };
      for (const [i, stands] of attacks[weak]!.entries()) {
        const withstands = attacks[strong]![i];
        next[stands ? (withstands ? 'both' : 'onlyWeak') : withstands ? 'onlyStrong' : 'neither']++;
      }
      return next;
    },
    merge: (left, right) => ({
      both: left.both + right.both,
      onlyWeak: left.onlyWeak + right.onlyWeak,
      onlyStrong: left.onlyStrong + right.onlyStrong,
      neither: left.neither + right.neither,
    }),
    compute: ({ both, onlyWeak, onlyStrong, neither }) => {
      const gap = differenceOf({ both, onlyLeft: onlyWeak, onlyRight: onlyStrong, neither });
      const { low, high, n } = gap;
      const verdict = low !== null && low > threshold ? 'overfitted' : high !== null && high <= threshold ? 'not-seen' : 'undecided';
      return { weak: wilson(both + onlyWeak, n), strong: wilson(both + onlyStrong, n), gap, verdict };
    },
  };
}

function checkNamed({ attacked }: Observation, names: Readonly<Record<'weak' | 'strong', string>>): void {
  for (const [option, name] of Object.entries(names)) {
    const known = `an attack of the evaluation (${Object.keys(attacked).join(', ')})`;
    if (!(name in attacked)) throw expected('catastrophicOverfitting', option, known, name);
  }
}
