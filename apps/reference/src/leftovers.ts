/**
 * What processes that were killed in the midst of writing have left in a run's folder: halves of files and of models, by
 * the names that `writeWhole`, `checkpointDirectory` and `saveModelToDirectory` give them. Only of processes that are gone.
 */
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { processRuns } from './run-lock';

const partOfFile = /\.(\d+)\.part$/;
const partOfModel = /^\.(.+)\.(partial|replaced)-(\d+)-[0-9a-f-]{36}$/;

/** For the one process that holds the folder. */
export async function clearLeftovers(path: string, say: (line: string) => void): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  let removed = 0;
  for (const entry of entries) {
    // Node calls it `path` before 20.12.
    const found = join(entry.parentPath ?? entry.path, entry.name);
    const [, writer] = (entry.isFile() && partOfFile.exec(entry.name)) || [];
    const [, model, kind, saver] = (entry.isDirectory() && partOfModel.exec(entry.name)) || [];
    const pid = Number(writer ?? saver);
    // This process writes nothing yet: a file of its number is that of an earlier one.
    if (Number.isNaN(pid) || (pid !== process.pid && processRuns(pid))) continue;
    if (kind === 'replaced' && !existsSync(join(dirname(found), model!))) {
      // Killed between the two renames: the old model is whole, and has lost its name.
      await rename(found, join(dirname(found), model!));
      say(`${found}: a model that was about to be replaced has its name back.`);
    } else {
      await rm(found, { recursive: true, force: true });
      removed++;
    }
  }
  if (removed > 0) say(`${path}: removed ${removed} half-written ${removed === 1 ? 'file' : 'files'} of processes that are gone.`);
}
