/** Who is ahead of whom, over images and over seeds; each seed below. */
import Table from 'cli-table3';
import type { Difference } from '../comparison/difference';

const signed = (share: number): string => `${share < 0 ? '' : '+'}${(100 * share).toFixed(1)}`;

/** `what`: the figure that is compared. */
export function pairsTable(differences: readonly Difference[], what = ''): string {
  const table = new Table({
    head: [what, 'difference', 'over images', 'over seeds', ''],
    style: { head: [], border: [] },
  });
  for (const { left, right, overSeeds: seeds, overImages, seeds: each, verdict } of differences) {
    const range = seeds.low === null ? '-' : `${signed(seeds.low)} .. ${signed(seeds.high!)}`;
    const values = Object.values(each).map(({ difference }) => signed(difference!));
    table.push([
      `${left} - ${right}`,
      signed(overImages.mean),
      `${signed(overImages.low)} .. ${signed(overImages.high)}`,
      `${range}\n${values.join(' ')}`,
      verdict,
    ]);
  }
  return table.toString();
}
