/** Writes report.html into the folder of a finished run: whole, or not at all. */
import { join } from 'node:path';
import { writeWhole } from '../json-file';
import { readReportInput } from './read-report-input';
import { renderReport } from './render-report';

/** `file`: where else it should go. Answers where it is. An earlier report there is replaced, by rename. */
export async function writeReport(directory: string, file: string = join(directory, 'report.html')): Promise<string> {
  await writeWhole(file, await renderReport(await readReportInput(directory)));
  return file;
}
