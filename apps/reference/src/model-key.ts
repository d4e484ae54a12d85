/** What the models of a run are called: in files and folders, and to people. */

/** Its folder below models/, logs/ and samples/, and its key in timings.json. `seeds`: all of the run. */
export function modelKey(name: string, seed: number, seeds: readonly number[]): string {
  return seeds.length === 1 ? name : `${name}/seed-${seed}`;
}

/** `pgd-at`, or with several seeds `pgd-at, seed 1`. */
export function modelTitle(name: string, seed: number, seeds: readonly number[]): string {
  return seeds.length === 1 ? name : `${name}, seed ${seed}`;
}

/** Its key in everything that is told by seed. */
export const seedKey = (seed: number): string => `seed ${seed}`;
