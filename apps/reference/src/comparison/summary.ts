/** One entrant over all its seeds: a line of the table. */
import { seedSummary } from '@groundstate/metrics';
import type { DefenceRow, SharesOverSeeds } from '../results';

export type Summary = {
  readonly entrant: string;
  /** An example and visit, counted over the training. */
  readonly gradientEvaluations: number;
  readonly accuracy: SharesOverSeeds;
};

export function summaryOf(entrant: string, rows: readonly DefenceRow[], visits: number): Summary {
  const total = rows.reduce((sum, row) => sum + (row.gradientEvaluations ?? 0), 0);
  return {
    entrant,
    gradientEvaluations: Math.round((10 * total) / (rows.length * visits)) / 10,
    accuracy: sharesOverSeeds(rows),
  };
}

/** `rows`: one for every seed, attacked alike. */
export function sharesOverSeeds(rows: readonly DefenceRow[]): SharesOverSeeds {
  const attacks = rows[0]?.robust.map(({ attack }) => attack) ?? [];
  const of = (read: (row: DefenceRow) => number | null): SharesOverSeeds[string] => {
    const seeds = rows.map((row) => read(row) ?? 0);
    return { ...seedSummary(seeds), seeds };
  };
  const robust = attacks.map(
    (attack) => [attack, of((row) => row.robust.find((each) => each.attack === attack)?.accuracy ?? null)] as const,
  );
  robust.sort(([a, left], [b, right]) => left.mean! - right.mean! || Number(b === 'worst') - Number(a === 'worst'));
  return { ...Object.fromEntries(robust), clean: of(({ clean }) => clean.accuracy) };
}
