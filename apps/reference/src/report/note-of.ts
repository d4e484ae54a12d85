/** The small print of a share: of how many images it is, and what an attack took for one of them. */
import type { RobustRow, Share } from '../results';
import { brief, integer } from './format';

/**
 * `n 500 · 21 + 20`: images, and passes forwards and backwards an image; with several seeds `n 3 × 500 · 21 + 20`. `shares`: one
 * for every seed, of as many images each.
 */
export function noteOf(shares: readonly (Share & Pick<Partial<RobustRow>, 'passes'>)[]): string {
  const [first] = shares;
  if (!first) return '';
  const images = `n ${shares.length > 1 ? `${shares.length} × ` : ''}${integer(first.n)}`;
  const passes = shares.flatMap((share) => share.passes ?? []);
  const all = shares.length * first.n;
  if (passes.length < shares.length || all === 0) return images;
  const mean = (of: 'forwards' | 'backwards'): string => brief(passes.reduce((sum, each) => sum + each[of], 0) / all);
  return `${images} · ${mean('forwards')} + ${mean('backwards')}`;
}
