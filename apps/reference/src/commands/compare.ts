/** `groundstate compare DIR...`: finished runs side by side. It trains and attacks nothing. */
import { join } from 'node:path';
import type { Output } from '../console/output';
import { sideBySideTables } from '../console/side-by-side-table';
import { writeJson } from '../json-file';
import { refuseUsed } from '../run-directory';
import { type FinishedRun, readRun } from '../side-by-side/read-run';
import { type SideBySide, sideBySide } from '../side-by-side/side-by-side';
import { writePage } from './write-page';

export interface CompareFlags {
  /** New folder for results.json and report.html. */
  readonly out?: string;
}

export async function compare(directories: readonly string[], flags: CompareFlags, output: Output): Promise<void> {
  if (flags.out !== undefined) await refuseUsed(flags.out);
  const runs: FinishedRun[] = [];
  for (const directory of directories) runs.push(await readRun(directory));
  const found = sideBySide(runs);
  if (flags.out !== undefined) await writeJson(join(flags.out, 'results.json'), found);
  for (const line of found.leftOut) output.console.say(`left out: ${line}`);
  try {
    if (flags.out !== undefined) await writePage(flags.out, output.console);
  } finally {
    output.answer(`${sideBySideTables(found)}\n${legend(found)}`, found);
  }
  if (flags.out !== undefined) output.console.say(`The figures and report.html are in ${flags.out}`);
}

function legend({ dataset, threat, attacks, rows }: SideBySide): string {
  const several = rows.some(({ seeds }) => seeds.length > 1);
  return [
    `Shares of the ${dataset.images} test images of ${dataset.name} that all runs attacked, in %, with 95 % intervals. Threat: ${threat.norm} ${threat.epsilon}.`,
    `Worst case: none of ${attacks.join(', ')} fools the model. Differences are in the worst case, paired image by image.`,
    several
      ? 'Ahead or behind only where the intervals over images and over seeds both say so.'
      : 'One seed each: the intervals say what other images would do, not what another training would. Train with more seeds for a verdict.',
  ].join('\n');
}
