/** The results as a table in the terminal: worst case first, each share with its interval. */
import Table from 'cli-table3';
import type { DefenceRow, Results, Share } from '../results';

const percent = (value: number | null): string => (value === null ? '-' : (100 * value).toFixed(1));
const figure = (value: number | null): string => (value === null ? '-' : value.toPrecision(3));

/** In per cent, the 95 % interval below. */
export function interval({ accuracy, low, high }: Share): string {
  return `${percent(accuracy)}\n${percent(low)}-${percent(high)}`;
}

/** `visits`: how many examples the training visited in all, for the cost of one visit. */
export function resultsTable(results: Results, visits?: number): string {
  const attacks = results.defences[0]?.robust.map((row) => row.attack).filter((name) => name !== 'worst') ?? [];
  const names = [...attacks].sort((a, b) => order(results.defences, a) - order(results.defences, b));
  const table = new Table({
    head: ['defence', 'gradients', 'worst case', ...names.map((name) => name.split(':')[0]!), 'clean', 'D1', 'D2', 'D8'],
    style: { head: [], border: [] },
  });
  for (const defence of results.defences) {
    const cell = (attack: string): string => {
      const row = defence.robust.find((entry) => entry.attack === attack);
      return row ? interval(row) : '-';
    };
    const cost = defence.gradientEvaluations;
    table.push([
      defence.name,
      cost === null ? '-' : visits ? String(Math.round(cost / visits)) : String(cost),
      cell('worst'),
      ...names.map(cell),
      interval(defence.clean),
      ...[defence.energy.D1, defence.energy.D2, defence.energy.D8].map(figure),
    ]);
  }
  return table.toString();
}

/** The attack that is strongest on average stands first. */
function order(defences: readonly DefenceRow[], attack: string): number {
  return defences.reduce((sum, { robust }) => sum + (robust.find((row) => row.attack === attack)?.accuracy ?? 1), 0);
}
