/**
 * AutoAttack: attacks that fail in different ways, one after the other, each on the examples that still stand. No setting to tune.
 * standard: APGD-CE, APGD-T, FAB-T, Square. plus: five times APGD-CE and APGD-DLR, five times FAB, Square, APGD-T, FAB-T.
 * rand, for models that draw random numbers: APGD-CE and APGD-DLR on gradients averaged over 20 draws.
 *
 * Source: "Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks", F. Croce,
 * M. Hein, 2020 (arXiv 2003.01690); under l1 "Mind the box: l1-APGD for sparse adversarial attacks on image classifiers", F. Croce,
 * M. Hein, 2021 (arXiv 2103.01208). Budgets and order are the authors'. With fewer than three classes APGD-DLR is left out, whose loss is
 * not defined there: `inspectModel` says so.
 */
import { type Attack, checkKeys, checkOneOf, type Plan, plan, restarts, sequence } from '@groundstate/core';
import { apgdCe } from './apgd-ce';
import { apgdDlr } from './apgd-dlr';
import { apgdT } from './apgd-t';
import { eot } from './eot';
import { fab } from './fab';
import { fabT } from './fab-t';
import { square } from './square';

/** Options of `autoAttack`: which of its three ensembles. */
export interface AutoAttackOptions {
  /** `rand` is for models that draw random numbers. @default 'standard' */
  readonly version?: 'standard' | 'plus' | 'rand';
}

type Version = NonNullable<AutoAttackOptions['version']>;

const versions = ['standard', 'plus', 'rand'] as const;

/**
 * The figure that papers call robust accuracy under AutoAttack, where the examples are the whole test set or said.
 *
 * @example
 * const verdict = await perturb(autoAttack(), { model, inputs, goal: { kind: 'misclassify', labels }, threat, seed: 0 });
 */
export function autoAttack(options: AutoAttackOptions = {}): Plan {
  checkKeys('auto-attack', options, ['version']);
  const version = checkOneOf('auto-attack', 'version', options.version ?? 'standard', versions);
  const name = version === 'standard' ? 'auto-attack' : `auto-attack-${version}`;
  return plan({
    card: {
      name,
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'change'],
      paper:
        'Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks (Croce and Hein 2020, arXiv 2003.01690)',
    },
    plan: ({ norm, classes }) => sequence({ name, members: ensembles[version](norm, classes), keep: 'first' }),
  });
}

const ensembles: Readonly<Record<Version, (norm: string, classes: number) => readonly Attack[]>> = {
  standard: (norm) => [norm === 'l1' ? restarts(apgdCe(), 5) : apgdCe(), apgdT(), fabT({ keep: 'first' }), square()],
  plus: (_, classes) => [
    restarts(apgdCe(), 5),
    ...ratio(classes, restarts(apgdDlr(), 5)),
    fabFiveTimes(),
    square(),
    apgdT({ targets: 9 }),
    fabT({ keep: 'first' }),
  ],
  rand: (_, classes) => [eot(apgdCe(), { samples: 20 }), ...ratio(classes, eot(apgdDlr(), { samples: 20 }))],
};

/** From the clean input, and four times from half the budget away. */
const fabFiveTimes = (): Attack => sequence({ name: 'fab-x5', members: [fab(), restarts(fab({ randomStart: true }), 4)], keep: 'first' });

/** What ascends the difference of logits ratio needs three classes. */
const ratio = (classes: number, attack: Attack): readonly Attack[] => (classes >= 3 ? [attack] : []);
