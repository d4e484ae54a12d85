/** Folders of runs to lay side by side, a seed each: the outcomes of another seed are those of the fixture, a few images shifted. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRunFixture } from './report-fixture';

export async function writeSeedRuns(directory: string, seeds: readonly number[]): Promise<string[]> {
  const folders: string[] = [];
  for (const seed of seeds) {
    const folder = join(directory, `seed-${seed}`);
    const { results, outcomes } = await writeRunFixture(folder);
    await writeFile(join(folder, 'results.json'), JSON.stringify({ ...results, seed }));
    // Every seed loses some images more to all attacks, each defence its own number of them.
    const shifted = Object.entries(outcomes!).map(([name, { ids, standing }], i) => {
      const fallen = (list: string): string => '0'.repeat(seed * (i + 2)) + list.slice(seed * (i + 2));
      return [
        name,
        { ids, standing: Object.fromEntries(Object.entries(standing).map(([of, list]) => [of, of === 'clean' ? list : fallen(list)])) },
      ];
    });
    await writeFile(join(folder, 'outcomes.json'), JSON.stringify(Object.fromEntries(shifted)));
    folders.push(folder);
  }
  return folders;
}
