/**
 * The classification margin: how far the label is ahead of its strongest rival, z_y - max_{k != y} z_k in logits and
 * p_y - max_{k != y} p_k in probabilities; at most zero where the example is not classified right. On clean inputs, on each
 * attack's verdicts and on each adversary's last iterates. (Core's `margin` is the loss of an attack: the same with its sign turned.)
 */
import type { Metric } from '@groundstate/core';
import { type Distribution, distribution, short } from './distribution';
import { joined } from './named';
import { finiteRow, type ViewOptions, viewsFor } from './views';

type Margins = { readonly logit: readonly number[]; readonly probability: readonly number[]; readonly nonFinite: number };
type State = { readonly [view: string]: Margins };

/** What `margin` found: the leads of the labels over their strongest rivals. */
export type MarginSummary = {
  /** Of finite logits only. The scale of logits is the model's own: compare models by the probabilities. */
  readonly logit: Distribution;
  readonly probability: Distribution;
  /** The share of all n whose margin is not above zero; logits that are not finite count among them, and so do ties. */
  readonly atMostZero: number | null;
  readonly nonFinite: number;
  readonly n: number;
};

/**
 * Value: by view, `clean`, each attack and each adversary. Under an attack that failed the verdict is the clean input, and
 * so is its margin; one that succeeded stopped there, just beyond the boundary. Give `adversaries` to see how far either would
 * have gone. Keeps two numbers an example and view in its state.
 *
 * @example
 * margin({ adversaries: { 'pgd-end': { attack: pgd(), threat, on: 'labelled' } } });
 */
export function margin(options: ViewOptions = {}): Metric<State, { readonly [view: string]: MarginSummary }, 'margin'> {
  const views = viewsFor('margin', options);
  return {
    name: 'margin',
    init: () => ({}),
    update: async (state, seen) => {
      const labels = await seen.batch.labels.data();
      const added: Record<string, Margins> = {};
      for (const { name, logits } of await views(seen)) added[name] = marginsOf(logits, labels);
      return joined(state, added, append);
    },
    merge: (left, right) => joined(left, right, append),
    compute: (state) => Object.fromEntries(Object.entries(state).map(([name, margins]) => [name, summary(margins)])),
  };
}

function marginsOf(logits: Float32Array, labels: ArrayLike<number>): Margins {
  const [logit, probability]: [number[], number[]] = [[], []];
  let nonFinite = 0;
  const classes = logits.length / labels.length;
  for (const [row, label] of Array.from(labels).entries()) {
    const values = finiteRow(logits, row, classes);
    if (values === undefined) nonFinite++;
    else {
      const largest = Math.max(...values);
      const odds = Array.from(values, (value) => Math.exp(value - largest));
      logit.push(short(lead(values, label)));
      probability.push(short(lead(odds, label) / odds.reduce((sum, value) => sum + value, 0)));
    }
  }
  return { logit, probability, nonFinite };
}

function lead(values: ArrayLike<number>, label: number): number {
  const rivals = Array.from(values).filter((_, k) => k !== label);
  return values[label]! - Math.max(...rivals);
}

function append(left: Margins, right: Margins): Margins {
  return {
    logit: [...left.logit, ...right.logit],
    probability: [...left.probability, ...right.probability],
    nonFinite: left.nonFinite + right.nonFinite,
  };
}

function summary({ logit, probability, nonFinite }: Margins): MarginSummary {
  const n = logit.length + nonFinite;
  const failing = logit.filter((value) => value <= 0).length + nonFinite;
  return { logit: distribution(logit), probability: distribution(probability), atMostZero: n === 0 ? null : failing / n, nonFinite, n };
}
