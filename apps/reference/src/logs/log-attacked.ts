/** The accuracies of an attacked model, as the last event of its log. */
import type { DefenceRow } from '../results';
import { openUnitLog } from './unit-log';

export async function logAttacked(folder: string, row: DefenceRow, seconds: number, say: (line: string) => void): Promise<void> {
  const { accuracy: clean } = row.clean;
  // Null where there was no image at all: nothing was measured.
  if (clean === null) return;
  const robust = Object.fromEntries(row.robust.flatMap(({ attack, accuracy }) => (accuracy === null ? [] : [[attack, accuracy]])));
  const log = await openUnitLog(folder, { stands: (event) => event.kind !== 'attacked', say });
  log.write({ kind: 'attacked', step: log.step, clean, robust, seconds });
}
