import { checkKeys, checkNumber } from '@groundstate/core';

/** Options of a synthetic set: how many, and of which seed. */
export interface SyntheticOptions {
  /** An integer. @default 1 */
  readonly seed?: number;
  /** Training examples. @default 10000 */
  readonly train?: number;
  /** Test examples. @default 2000 */
  readonly test?: number;
}

/** @throws GroundstateError `invalid-argument` for an unknown option, a seed that is no integer or a size outside of 1 .. `most`. */
export function checkSyntheticOptions(owner: string, options: SyntheticOptions, most: number): Required<SyntheticOptions> {
  checkKeys(owner, options, ['seed', 'train', 'test']);
  const { seed = 1, train = 10_000, test = 2_000 } = options;
  checkNumber(owner, 'seed', seed, { integer: true, min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  for (const [name, size] of Object.entries({ train, test })) checkNumber(owner, name, size, { integer: true, min: 1, max: most });
  return { seed, train, test };
}
