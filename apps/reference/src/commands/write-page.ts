import type { Console } from '../console/progress';
import { quoted } from '../console/quoted';

/** report.html of the finished run in this folder. The results stand, whatever becomes of it: rejects, and says how to make it again. */
export async function writePage(directory: string, { say }: Console): Promise<void> {
  try {
    // Loaded when it is needed: drawing charts takes a second's worth of modules.
    const { writeReport } = await import('../report/write-report');
    await writeReport(directory);
  } catch (cause) {
    say(`The results stand. To write report.html: groundstate report ${quoted(directory)}`);
    throw cause;
  }
}
