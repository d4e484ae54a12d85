/** The files of a known data set, from its mirrors into a folder. Nothing else in this package uses the network. */
import { join } from 'node:path';
import { checkKeys } from '@groundstate/core';
import type { DatasetRecipe } from '../recipes';
import { cacheDirectory } from './cache-directory';
import { download } from './download/download';
import type { Downloaded, DownloadOptions } from './download/download-options';
import { knownRecipe } from './known-recipe';

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
}

/** A data set whose files are all there. */
export interface FetchedDataset {
  readonly name: string;
  /** The folder with the files. */
  readonly directory: string;
  readonly files: readonly Downloaded[];
}

/**
 * Fetches what is not there yet, file by file, each verified by SHA-256 before it gets its name.
 *
 * @throws GroundstateError as `download` does; files that were fetched before stay.
 * @example
 * const { directory } = await fetchDataset('mnist', { directory: 'data' });
 * const digits = mnist({ source: directorySource(directory) });
 */
export async function fetchDataset(dataset: string | DatasetRecipe, options: FetchDatasetOptions = {}): Promise<FetchedDataset> {
  checkKeys('fetchDataset', options, [
    ...['directory', 'mirrors', 'signal', 'onProgress', 'onNotice'],
    ...['overwrite', 'connectTimeout', 'idleTimeout', 'tries', 'retryDelay'],
  ]);
  const recipe = knownRecipe('fetchDataset', dataset);
  const { directory: parent = cacheDirectory(), mirrors = recipe.mirrors, ...rest } = options;
  const directory = join(parent, recipe.name);
  const files: Downloaded[] = [];
  for (const { name: file, size, sha256 } of recipe.files) {
    files.push(await download({ ...rest, file, size, sha256, mirrors, directory }));
  }
  return { name: recipe.name, directory, files };
}
