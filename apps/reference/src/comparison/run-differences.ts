/** Who of a run is set against whom, image by image and seed by seed. */
import type { RunDifference } from '../results';
import { differenceOf, type Figure, type RunOutcomes, type SeedOutcomes } from './difference';

/** Beyond these everybody is set against the best alone: all pairs of many defences are many chances to be wrong. */
const fewEnough = 5;

/** The better of two on the left. All have outcomes of the same seeds and the same images. */
export function differencesOf(names: readonly string[], outcomes: RunOutcomes, figure: Figure): readonly RunDifference[] {
  const right = (name: string): number => Object.values(outcomes[name]!).reduce((sum, each) => sum + rightOf(each, figure), 0);
  const ranked = [...names].sort((a, b) => right(b) - right(a));
  const lefts = names.length <= fewEnough ? ranked : ranked.slice(0, 1);
  return lefts.flatMap((left) =>
    ranked
      .slice(ranked.indexOf(left) + 1)
      .map((other) => ({ figure, ...differenceOf([left, outcomes[left]!], [other, outcomes[other]!], figure) })),
  );
}

function rightOf({ standing }: SeedOutcomes[string], figure: Figure): number {
  return [...standing[figure]!].filter((each) => each === '1').length;
}
