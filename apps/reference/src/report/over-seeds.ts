/** Shares and differences of models that were trained with one seed or with several: of a run, of a ranking, and of runs side by side. */
import type { PairedDifference, SeedSummary } from '@groundstate/metrics';
import type { Difference } from '../comparison/difference';
import type { Summary } from '../comparison/summary';
import { rest } from '../error-share';
import type { DefenceRow, Results, RobustRow, Share } from '../results';
import type { Row } from '../side-by-side/side-by-side';
import type { OverviewRow, OverviewShare } from './charts/overview-chart';
import { noteOf } from './note-of';
import type { Interval } from './parts/cells';

export type SharedInterval = Interval & {
  readonly seeds: readonly number[];
  /** How many images it is of, and what they took; where that is known of every share of the table. */
  readonly note?: string;
};

export type ModelShares = {
  readonly name: string;
  readonly seeds: number;
  /** By `worst`, every attack and `clean`. Each has the interval of the seeds' spread, or with one seed that of the images. */
  readonly shares: { readonly [figure: string]: SharedInterval };
};

export function sharesOfSummary({ entrant, accuracy }: Summary): ModelShares {
  const shares = mapped(accuracy, spread);
  return { name: entrant, seeds: shares.clean?.seeds.length ?? 0, shares };
}

/** Of the defences of which no training diverged. */
export function sharesOfRun({ summaries, defences, seeds }: Results): readonly ModelShares[] {
  return summaries.map(({ name, accuracy }) => {
    const rows = defences.filter((each) => each.name === name).map(sharesOf);
    const shares = seeds.length > 1 ? mapped(accuracy, spread) : mapped(rows[0]!, alone);
    const noted = mapped(shares, (share, figure) => ({ ...share, note: noteOf(rows.flatMap((row) => row[figure] ?? [])) }));
    return { name, seeds: seeds.length, shares: noted };
  });
}

export function sharesOfRow({ name, seeds, accuracy }: Row): ModelShares {
  const shares = mapped(accuracy, ({ accuracy: value, low, high, overSeeds }) => ({
    value,
    ...(seeds.length > 1 ? { low: within(overSeeds.low), high: within(overSeeds.high) } : { low, high }),
    seeds: overSeeds.seeds,
  }));
  return { name, seeds: seeds.length, shares };
}

/** The test error of a clean share. */
export function errorOfInterval({ value, low, high, seeds, ...others }: SharedInterval): SharedInterval {
  return { ...others, value: rest(value), low: rest(high), high: rest(low), seeds: seeds.map((seed) => 1 - seed) };
}

export function overviewRowOf({ name, shares: { worst, clean } }: ModelShares): OverviewRow {
  return { name, worst: overviewShare(worst), clean: overviewShare(clean) };
}

export function overviewShare(share: SharedInterval | undefined): OverviewShare {
  if (!share) return { accuracy: null, low: null, high: null };
  return { accuracy: share.value, low: share.low, high: share.high, seeds: share.seeds };
}

export type ShownDifference = {
  readonly pair: string;
  readonly mean: number;
  readonly overImages: { readonly low: number | null; readonly high: number | null };
  /** null with one seed, which has no spread. */
  readonly overSeeds: { readonly low: number | null; readonly high: number | null } | null;
  readonly seeds: readonly number[];
  readonly verdict: string;
};

/** One training of each shows nothing about the next one, whatever the images say. */
export const noVerdict = 'no verdict: one seed';

export function shownDifference(difference: Difference & { readonly pooled?: PairedDifference | null }): ShownDifference {
  const { left, right, overImages, overSeeds, pooled, verdict } = difference;
  const seeds = Object.values(difference.seeds).map((each) => each.difference!);
  const one = seeds.length === 1;
  return {
    pair: `${left} less ${right}`,
    mean: overImages.mean,
    overImages: pooled ?? overImages,
    overSeeds: one ? null : overSeeds,
    seeds,
    verdict: one ? noVerdict : verdict,
  };
}

function spread({ mean, low, high, seeds }: SeedSummary & { readonly seeds: readonly number[] }): SharedInterval {
  return { value: mean, low: within(low), high: within(high), seeds };
}

function alone({ accuracy, low, high }: Share): SharedInterval {
  return { value: accuracy, low, high, seeds: accuracy === null ? [] : [accuracy] };
}

function sharesOf({ robust, clean }: DefenceRow): { readonly [figure: string]: Share & Pick<Partial<RobustRow>, 'passes'> } {
  return { ...Object.fromEntries(robust.map((row) => [row.attack, row])), clean };
}

function mapped<From, To>(
  values: { readonly [name: string]: From },
  of: (value: From, name: string) => To,
): { readonly [name: string]: To } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, of(value, name)]));
}

/** A share; Student's interval does not know that it is one. */
function within(share: number | null): number | null {
  return share === null ? null : Math.min(1, Math.max(0, share));
}
