/** `groundstate report DIR`: makes report.html of a finished run again. */
import { lstat } from 'node:fs/promises';
import { expected } from '@groundstate/core';
import type { Output } from '../console/output';
import { writeReport } from '../report/write-report';

export interface ReportFlags {
  /** Where the page goes; a file that is not there yet. */
  readonly out?: string | undefined;
}

/** In the run's own folder an earlier report.html is replaced: it is made from that folder alone. Elsewhere nothing is. */
export async function report(directory: string, flags: ReportFlags, output: Output): Promise<void> {
  const { out } = flags;
  if (out !== undefined && (await exists(out))) {
    throw expected('report', '--out', 'a file that does not exist yet', out, 'Choose another name: nothing is overwritten.');
  }
  const file = await writeReport(directory, out);
  output.answer(`Report: ${file}`, { report: file });
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
