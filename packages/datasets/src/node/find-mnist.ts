import { join } from 'node:path';
import type { FileSource } from '../file-source';
import { mnistRecipe } from '../recipes';
import { directorySource } from './directory-source';
import { folderWith } from './find-dataset';

/**
 * Looks for MNIST's files in `<dataDirectory>/mnist`, then in `<dataDirectory>` itself; undefined where there is no such file in either.
 * One of the four is enough to settle on a folder: `mnist().load` then says aloud which one is missing. `findDataset` looks in more places.
 *
 * @throws GroundstateError `invalid-data` where a folder is there but may not be read.
 * @example
 * const source = await findMnist('data');
 * const digits = source === undefined ? syntheticDigits() : mnist({ source });
 */
export async function findMnist(dataDirectory: string): Promise<FileSource | undefined> {
  const files = mnistRecipe.files.map(({ name }) => name);
  const folder = await folderWith(files, [join(dataDirectory, mnistRecipe.name), dataDirectory]);
  return folder === undefined ? undefined : directorySource(folder);
}
