/** The files of a known data set, from its mirrors into a folder. Nothing else in this package uses the network. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkKeys } from '@groundstate/core';
import type { DatasetRecipe, RecipeFile } from '../recipes';
import { cacheDirectory } from './cache-directory';
import { download } from './download/download';
import type { Downloaded, DownloadOptions } from './download/download-options';
import { knownRecipe } from './known-recipe';
import { anotherFile, exists } from './place-file';
import { sumOfFile } from './sum-of-file';
import { unpackArchive } from './unpack-archive';

/** Options of `fetchDataset`. */
export interface FetchDatasetOptions
  extends Pick<
    DownloadOptions,
    'signal' | 'onProgress' | 'onNotice' | 'overwrite' | 'connectTimeout' | 'idleTimeout' | 'tries' | 'retryDelay'
  > {
  /** The files go into the folder of the data set's name in here. @default cacheDirectory() */
  readonly directory?: string | undefined;
  /** Addresses of folders to take instead of those of the recipe, in the order in which they are tried. */
  readonly mirrors?: readonly string[] | undefined;
  /** Fetch also what the data set is whole without: the extra images of SVHN. @default false */
  readonly optional?: boolean | undefined;
}

/** A data set whose files are all there. */
export interface FetchedDataset {
  readonly name: string;
  /** The folder with the files. */
  readonly directory: string;
  readonly files: readonly Downloaded[];
}

/**
 * Fetches what is not there yet, file by file, each verified by SHA-256 before it gets its name. An archive is unpacked, its files are
 * verified one by one, and it is removed again (unless it was there before): a second call finds the files and fetches nothing.
 *
 * @throws GroundstateError as `download` does, and `corrupt` for an archive that is not what it should be; files that were fetched before stay.
 * @example
 * const { directory } = await fetchDataset('mnist', { directory: 'data' });
 * const digits = mnist({ source: directorySource(directory) });
 */
export async function fetchDataset(dataset: string | DatasetRecipe, options: FetchDatasetOptions = {}): Promise<FetchedDataset> {
  checkKeys('fetchDataset', options, [
    ...['directory', 'mirrors', 'optional', 'signal', 'onProgress', 'onNotice'],
    ...['overwrite', 'connectTimeout', 'idleTimeout', 'tries', 'retryDelay'],
  ]);
  const recipe = knownRecipe('fetchDataset', dataset);
  const { directory: parent = cacheDirectory(), mirrors = recipe.mirrors, optional = false, ...rest } = options;
  const directory = join(parent, recipe.name);
  const fetchAll = async (): Promise<readonly Downloaded[]> => {
    const files: Downloaded[] = [];
    for (const { name: file, size, sha256, optional: spare = false } of recipe.files) {
      if (!spare || optional) files.push(await download({ ...rest, file, size, sha256, mirrors, directory }));
    }
    return files;
  };
  const { contents } = recipe;
  const files = contents === undefined ? await fetchAll() : await unpacked(recipe, contents, directory, fetchAll, rest);
  return { name: recipe.name, directory, files };
}

/** The files in an archive: those that are there, else all of them out of the archive. */
async function unpacked(
  { inner = '.' }: DatasetRecipe,
  contents: readonly RecipeFile[],
  directory: string,
  fetchArchives: () => Promise<readonly Downloaded[]>,
  { overwrite = false, signal, onNotice }: FetchDatasetOptions,
): Promise<readonly Downloaded[]> {
  const there = new Set<string>();
  for (const { name, sha256 } of contents) {
    const path = join(directory, name);
    if (!(await exists(path))) continue;
    // A folder of that name, or a file that cannot be read, is not the file.
    const found = await sumOfFile(path).catch(() => undefined);
    if (found?.sha256 === sha256) there.add(name);
    // Before a large archive is fetched for nothing.
    else if (!overwrite) throw anotherFile('fetchDataset', path);
  }
  const missing = contents.filter(({ name }) => !there.has(name));
  if (missing.length > 0) {
    for (const { path: archive, state } of await fetchArchives()) {
      onNotice?.(`${archive}: unpacking ${missing.length} files`);
      await unpackArchive({ archive, contents: missing, inner, directory, overwrite, signal });
      // Its files say all that it says. One that was there before is not ours to remove.
      if (state === 'downloaded') await rm(archive, { force: true });
    }
  }
  return contents.map(({ name, size }) => ({
    path: join(directory, name),
    size,
    state: there.has(name) ? ('present' as const) : ('downloaded' as const),
  }));
}
