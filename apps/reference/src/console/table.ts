/** The results in the terminal: a line for every defence, its mean over the seeds with the interval and each seed below it. */
import Table from 'cli-table3';
import { type DefenceRow, defenceNames, type Results, type RunSummary, type Share } from '../results';
import { pairsTable } from './pairs-table';
import { type Column, columnsOf, none, percent } from './results-columns';
import { resultsLegend } from './results-legend';

/** In per cent, the 95 % interval below. */
export function interval({ accuracy, low, high }: Share): string {
  return `${percent(accuracy)}\n${percent(low)}-${percent(high)}`;
}

/** The whole text: table, legend, and with several seeds who is ahead of whom. */
export function resultsTable(results: Results): string {
  const { seeds, task } = results;
  const figure = task === 'supervised' ? 'worst' : 'clean';
  const differences = results.differences.filter((each) => each.figure === figure);
  const text = [sharesTable(results), ...resultsLegend(results)];
  if (seeds.length === 1 || differences.length === 0) return text.join('\n');
  const note = 'Paired image by image and seed by seed; ahead or behind only where both intervals say so.';
  return [...text, '', pairsTable(differences, figure === 'worst' ? 'worst case' : 'right, clean'), note].join('\n');
}

/** Characters that every terminal has room for. */
const widest = 100;

function sharesTable(results: Results): string {
  const columns = columnsOf(results);
  const all = drawn(results, columns);
  if (all.indexOf('\n') <= widest) return all;
  return drawn(
    results,
    columns.filter(({ spare }) => !spare),
  );
}

function drawn(results: Results, columns: readonly Column[]): string {
  const { defences, seeds, summaries } = results;
  const table = new Table({ head: ['defence', ...columns.map(({ head }) => head)], style: { head: [], border: [] } });
  for (const name of defenceNames(results)) {
    const rows = seeds.map((seed) => defences.find((row) => row.name === name && row.seed === seed));
    const summary = summaries.find((each) => each.name === name);
    const title = seeds.length === 1 ? name : [name, '', ...seeds.map((seed) => `  seed ${seed}`)].join('\n');
    table.push([title, ...columns.map((column) => (seeds.length === 1 ? alone(column, rows[0]) : over(column, rows, summary)))]);
  }
  return table.toString();
}

function alone({ share, value, write }: Column, row: DefenceRow | undefined): string {
  if (!row) return 'diverged';
  const found = share?.(row);
  return found ? interval(found) : write(value(row));
}

/** A mean over the trainings that came to an end would be one over the lucky ones: where one diverged there is none. */
function over({ value, write, overSeeds }: Column, rows: readonly (DefenceRow | undefined)[], summary: RunSummary | undefined): string {
  const each = rows.map((row) => (row ? write(value(row)) : 'diverged'));
  if (!summary) return [none, '', ...each].join('\n');
  const shares = overSeeds?.(summary);
  if (!shares) return [write(meanOf(rows.map((row) => (row ? value(row) : null)))), '', ...each].join('\n');
  const { mean, low, high } = shares;
  return [write(mean), `${write(low && Math.max(0, low))}-${write(high && Math.min(1, high))}`, ...each].join('\n');
}

function meanOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum: number | null, value) => (sum === null || value === null ? null : sum + value / values.length), 0);
}
