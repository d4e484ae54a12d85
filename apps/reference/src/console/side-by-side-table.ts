/** Several runs as two tables: every model's shares, and the differences, paired image by image. */
import Table from 'cli-table3';
import type { Column, SideBySide } from '../side-by-side/side-by-side';

const percent = (share: number | null): string => (share === null ? '-' : (100 * share).toFixed(1));
const signed = (share: number): string => `${share < 0 ? '' : '+'}${percent(share)}`;
const range = (low: number | null, high: number | null): string =>
  low === null || high === null ? '-' : `${signed(low)} .. ${signed(high)}`;

const plain = { style: { head: [], border: [] } };

export function sideBySideTables({ rows, attacks, differences }: SideBySide): string {
  const shares = new Table({ head: ['defence', 'seeds', 'worst case', ...attacks.map((name) => name.split(':')[0]!), 'clean'], ...plain });
  for (const { name, seeds, accuracy } of rows) {
    const cells = ['worst', ...attacks, 'clean'].map((figure) => cell(accuracy[figure]!));
    shares.push([name, seeds.map((seed) => seed.replace('seed ', '')).join(' '), ...cells]);
  }
  if (differences.length === 0) return shares.toString();
  const pairs = new Table({ head: ['worst case', 'difference', 'over images', 'over seeds', ''], ...plain });
  for (const { left, right, overImages, overSeeds, pooled, verdict } of differences) {
    const images = pooled ? range(pooled.low, pooled.high) : range(overImages.low, overImages.high);
    pairs.push([
      `${left} - ${right}`,
      signed(overImages.mean),
      images,
      range(overSeeds.low, overSeeds.high),
      pooled ? 'one seed' : verdict,
    ]);
  }
  return `${shares.toString()}\n\n${pairs.toString()}`;
}

/** With several seeds the interval is that of their spread, with one that of the images. */
function cell({ accuracy, low, high, overSeeds }: Column): string {
  if (overSeeds.n === 1) return `${percent(accuracy)}\n${percent(low)}-${percent(high)}`;
  const [from, to] = [Math.max(0, overSeeds.low!), Math.min(1, overSeeds.high!)];
  return `${percent(accuracy)}\n${percent(from)}-${percent(to)}\n${overSeeds.seeds.map(percent).join(' ')}`;
}
