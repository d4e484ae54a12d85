/** Two entrants set against each other: who is right on more images, seed by seed and over all seeds. */
import { compareOutcomes, type Outcomes, type PairedDifference, type SeedSummary, seedSummary } from '@groundstate/metrics';

/** By seed. */
export type SeedOutcomes = { readonly [seed: string]: Outcomes };

/** By defence and seed; what outcomes.json holds, and clean-outcomes.json. */
export type RunOutcomes = { readonly [defence: string]: SeedOutcomes };

/** What entrants are compared by: right under every attack, or right on the clean image. */
export type Figure = 'worst' | 'clean';

export type Difference = {
  readonly left: string;
  readonly right: string;
  /** Accuracy of the left less that of the right, on the same images; in the worst case unless told otherwise. */
  readonly seeds: { readonly [seed: string]: PairedDifference };
  /** Over the seeds, with the interval that their own spread gives. */
  readonly overSeeds: SeedSummary;
  /** The same mean with the interval that the choice of the images gives, each image's outcomes averaged over the seeds. */
  readonly overImages: { readonly mean: number; readonly low: number; readonly high: number; readonly n: number };
  /** `ahead` or `behind` only where both intervals say so. */
  readonly verdict: 'ahead' | 'behind' | 'not shown';
};

export function differenceOf(
  [left, leftOutcomes]: [string, SeedOutcomes],
  [right, rightOutcomes]: [string, SeedOutcomes],
  figure: Figure = 'worst',
): Difference {
  const names = Object.keys(leftOutcomes);
  const seeds = Object.fromEntries(names.map((seed) => [seed, compareOutcomes(leftOutcomes[seed]!, rightOutcomes[seed]!, figure)]));
  const overSeeds = seedSummary(Object.values(seeds).map(({ difference }) => difference!));
  const pairs = names.map((seed) => [leftOutcomes[seed]!, rightOutcomes[seed]!] as const);
  const overImages = imagesOf(pairs, figure);
  const lows = [overSeeds.low ?? Number.NEGATIVE_INFINITY, overImages.low];
  const highs = [overSeeds.high ?? Number.POSITIVE_INFINITY, overImages.high];
  const verdict = lows.every((low) => low > 0) ? 'ahead' : highs.every((high) => high < 0) ? 'behind' : 'not shown';
  return { left, right, seeds, overSeeds, overImages, verdict };
}

/** The mean of the images' own differences, -1 .. 1 each, and 1.96 standard errors to either side. */
function imagesOf(pairs: readonly (readonly [Outcomes, Outcomes])[], figure: Figure): Difference['overImages'] {
  const n = pairs[0]?.[0].ids.length ?? 0;
  const standing = ({ standing: { [figure]: list } }: Outcomes, i: number): number => Number(list?.[i]);
  const differences = Array.from({ length: n }, (_, i) => {
    const sum = pairs.reduce((total, [left, right]) => total + standing(left, i) - standing(right, i), 0);
    return sum / pairs.length;
  });
  const mean = differences.reduce((sum, value) => sum + value, 0) / n;
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, n - 1);
  const reach = 1.959963984540054 * Math.sqrt(variance / n);
  return { mean, low: mean - reach, high: mean + reach, n };
}
