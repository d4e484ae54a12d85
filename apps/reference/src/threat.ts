/** A threat by its name, as command lines and config.json have it, made the one that attacks take. */
import { checkOneOf, l0, l1, l2, linf, type Norm, type ThreatModel } from '@groundstate/core';

const norms: Readonly<Record<string, () => Norm>> = { linf, l2, l1, l0 };

/** @throws GroundstateError `invalid-argument` where there is no such norm. */
export function threatOf({ norm, epsilon }: { readonly norm: string; readonly epsilon: number }): ThreatModel {
  return { norm: norms[checkOneOf('threat', 'norm', norm, Object.keys(norms))]!(), epsilon };
}
