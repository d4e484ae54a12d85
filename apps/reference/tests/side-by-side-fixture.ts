/** Folders of runs to lay side by side, a seed each. */
import { join } from 'node:path';
import { writeRunFixture } from './report-fixture';

export async function writeSeedRuns(directory: string, seeds: readonly number[]): Promise<string[]> {
  const folders: string[] = [];
  for (const seed of seeds) {
    const folder = join(directory, `seed-${seed}`);
    await writeRunFixture(folder, undefined, { seeds: [seed] });
    folders.push(folder);
  }
  return folders;
}
