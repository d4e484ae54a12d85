/** The test error: what a share lacks of all, with its interval turned round. */
import type { SeedSummary } from '@groundstate/metrics';
import type { Share } from './results';

export function errorOf({ accuracy, low, high, n }: Share): Share {
  return { accuracy: rest(accuracy), low: rest(high), high: rest(low), n };
}

export function errorOverSeeds({ mean, low, high, n }: SeedSummary): SeedSummary {
  return { mean: rest(mean), low: rest(high), high: rest(low), n };
}

/** null stays null. */
export const rest = (share: number | null): number | null => (share === null ? null : 1 - share);
