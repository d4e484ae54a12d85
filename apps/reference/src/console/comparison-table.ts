/** A comparison as two tables: every entrant over its seeds, and who is ahead of whom. */
import type { SeedSummary } from '@groundstate/metrics';
import Table from 'cli-table3';
import type { Comparison } from '../comparison/comparison';
import { pairsTable } from './pairs-table';

const percent = (share: number): string => (100 * share).toFixed(1);

export function comparisonTable({ summaries, attacks }: Comparison): string {
  const table = new Table({
    head: ['defence', 'gradients', 'worst case', ...attacks.map((name) => name.split(':')[0]!), 'clean'],
    style: { head: [], border: [] },
  });
  for (const { entrant, gradientEvaluations, accuracy } of summaries) {
    const cell = (name: string): string => {
      const { mean, low, high, seeds } = accuracy[name]!;
      return `${percent(mean!)}\n${overSeeds({ low, high })}\n${seeds.map(percent).join(' ')}`;
    };
    table.push([entrant, String(gradientEvaluations), cell('worst'), ...attacks.map(cell), cell('clean')]);
  }
  return table.toString();
}

export function differencesTable({ differences }: Comparison): string {
  return pairsTable(differences);
}

function overSeeds({ low, high }: Pick<SeedSummary, 'low' | 'high'>): string {
  return low === null || high === null ? '-' : `${percent(Math.max(0, low))}-${percent(Math.min(1, high))}`;
}
