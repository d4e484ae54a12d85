/** The trials of a tuning as a table: every one of them, the chosen ones marked. */
import Table from 'cli-table3';
import type { Tuning } from '../tuning/tuning';
import { interval } from './table';

export function trialsTable({ trials, best }: Tuning): string {
  const table = new Table({ head: ['contender', 'trial', 'settings', 'worst case', 'clean', ''], style: { head: [], border: [] } });
  for (const trial of trials) {
    const settings = Object.entries(trial.settings).map(([name, value]) => `${name} ${value}`);
    const mark = best[trial.contender]?.trial === trial.trial ? 'best' : '';
    const cells = trial.worst && trial.clean ? [interval(trial.worst), interval(trial.clean)] : ['diverged', '-'];
    table.push([trial.contender, String(trial.trial), settings.join('\n'), ...cells, mark]);
  }
  return table.toString();
}
