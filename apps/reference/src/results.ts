/** What a run found, as it stands in results.json: no times in it, so that the same run gives the same file. */
import type { Assessed } from './assess';

export const resultsSchema = 'groundstate/results@1';

/** A share of n examples with its 95 % Wilson interval. */
export type Share = { readonly accuracy: number | null; readonly low: number | null; readonly high: number | null; readonly n: number };

export type RobustRow = Share & {
  /** As it was asked for; `worst` counts the examples that no attack of the list fooled. */
  readonly attack: string;
  readonly norm: string;
  readonly epsilon: number;
  /** Of the perturbations that fooled an example which was right; null where there are none. */
  readonly distance: { readonly mean: number | null; readonly median: number | null };
};

export type DefenceRow = {
  readonly name: string;
  readonly objective: string | null;
  readonly adversary: string | null;
  /** Counted over the whole training, attacks included; null for a model that was trained elsewhere. */
  readonly gradientEvaluations: number | null;
  readonly clean: Share;
  /** The weakest number first. */
  readonly robust: readonly RobustRow[];
  /** Mean D_K along one path per example. */
  readonly energy: {
    readonly D1: number | null;
    readonly D2: number | null;
    readonly D4: number | null;
    readonly D8: number | null;
    /** By name, how many examples are left out of the mean because theirs was not finite; only where there are some. */
    readonly nonFinite?: { readonly [name: string]: number };
  };
};

export type DatasetInfo = {
  readonly name: string;
  readonly source: string;
  readonly train: number;
  readonly test: number;
  /** SHA-256 of the whole test set, pixels and labels: what tells whether two runs can be compared image by image. */
  readonly digest?: string;
};

export type Results = {
  readonly schema: typeof resultsSchema;
  readonly dataset: DatasetInfo;
  readonly backend: string;
  readonly seed: number;
  readonly threat: { readonly norm: string; readonly epsilon: number };
  readonly defences: readonly DefenceRow[];
};

/** One row of the table from what the metrics accuracy, robustAccuracy, perturbationSize and energy said. */
export function defenceRow(
  about: Pick<DefenceRow, 'name' | 'objective' | 'adversary' | 'gradientEvaluations'>,
  { values }: { readonly values: Omit<Assessed['values'], 'outcomes'> },
  threat: Results['threat'],
): DefenceRow {
  const rows = Object.entries(values.robustAccuracy).map(([attack, share]): RobustRow => {
    const { mean, median } = values.perturbationSize[attack] ?? { mean: null, median: null };
    return { attack, ...threat, ...share, distance: { mean, median } };
  });
  const robust = rows.sort((a, b) => (a.accuracy ?? 0) - (b.accuracy ?? 0) || Number(b.attack === 'worst') - Number(a.attack === 'worst'));
  return { ...about, clean: values.accuracy, robust, energy: values.energy as DefenceRow['energy'] };
}
