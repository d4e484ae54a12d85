/** Who is set against whom, image by image. */
import { compareOutcomes, type Outcomes, type PairedDifference } from '@groundstate/metrics';

export type Pair = { readonly left: string; readonly right: string } & (
  | { readonly difference: PairedDifference }
  | { readonly difference?: undefined; readonly reason: string }
);

/** Beyond these everybody is set against the best alone: all pairs of many defences are many chances to be wrong. */
const fewEnough = 4;

/** In the order of the defences, the stronger of the two on the left. */
export function pairsOf(names: readonly string[], outcomes: { readonly [defence: string]: Outcomes }): readonly Pair[] {
  const standing = (name: string): number => [...(outcomes[name]?.standing.worst ?? '')].filter((each) => each === '1').length;
  const ranked = [...names].sort((a, b) => standing(b) - standing(a));
  const lefts = names.length <= fewEnough ? ranked : ranked.slice(0, 1);
  return lefts.flatMap((left) => ranked.slice(ranked.indexOf(left) + 1).map((right) => pairOf(left, right, outcomes)));
}

function pairOf(left: string, right: string, outcomes: { readonly [defence: string]: Outcomes }): Pair {
  const [first, second] = [outcomes[left], outcomes[right]];
  if (!first || !second) return { left, right, reason: `the folder has no outcomes of ${first ? right : left}` };
  try {
    return { left, right, difference: compareOutcomes(first, second) };
  } catch (cause) {
    return { left, right, reason: (cause as Error).message };
  }
}

export type Verdict = 'ahead with these trainings' | 'behind with these trainings' | 'not shown';

/** What the interval shows, no more: it is about other images, and knows of one training of each model alone. */
export function verdictOf({ low, high }: PairedDifference): Verdict {
  if (low !== null && low > 0) return 'ahead with these trainings';
  return high !== null && high < 0 ? 'behind with these trainings' : 'not shown';
}
