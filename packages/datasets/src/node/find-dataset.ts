import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkKeys, expected, GroundstateError } from '@groundstate/core';
import type { FileSource } from '../file-source';
import { type DatasetRecipe, filesOf, type RecipeFile, recipes } from '../recipes';
import { cacheDirectory } from './cache-directory';
import { directorySource } from './directory-source';
import { knownRecipe } from './known-recipe';

/** A folder in which data is looked for, and who named it. */
export interface DataDirectory {
  readonly path: string;
  readonly from: 'option' | 'GROUNDSTATE_DATA' | 'cache';
}

/** Options of `findDataset`. */
export interface FindDatasetOptions {
  /** A folder that the user named: then nothing is looked for elsewhere. */
  readonly data?: string | undefined;
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A folder that holds files of the data set. */
export interface FoundDataset {
  readonly name: string;
  /** The folder with the files. */
  readonly directory: string;
  readonly from: DataDirectory['from'];
  readonly source: FileSource;
}

/** Where data is looked for, in order: the folder that was named, alone; else `GROUNDSTATE_DATA`, then the cache. */
export function dataDirectories({ data, env = process.env }: FindDatasetOptions = {}): readonly DataDirectory[] {
  if (data === '') throw expected('findDataset', 'data', 'the path of a folder', data);
  if (data !== undefined) return [{ path: data, from: 'option' }];
  const named = env.GROUNDSTATE_DATA;
  const cache: DataDirectory = { path: cacheDirectory(env), from: 'cache' };
  return named === undefined || named === '' ? [cache] : [{ path: named, from: 'GROUNDSTATE_DATA' }, cache];
}

/**
 * Looks for the files of a known data set in `<folder>/<name>` (or one of its other names: `cifar10`), then in `<folder>` itself, each also
 * with the folder of its archive in it (`cifar-10-batches-bin`), for each of `dataDirectories`. One of its files, packed or not, settles on
 * a folder: whoever loads it then says aloud which one is missing. Data sets share file names: what lies in `<folder>` itself and has the
 * size of another one's file is no sign of this one. Nothing is fetched.
 *
 * @throws GroundstateError `invalid-data` where a folder is there but may not be read.
 * @example
 * const found = await findDataset('mnist');
 * const digits = found === undefined ? syntheticDigits() : mnist({ source: found.source });
 */
export async function findDataset(dataset: string | DatasetRecipe, options: FindDatasetOptions = {}): Promise<FoundDataset | undefined> {
  checkKeys('findDataset', options, ['data', 'env']);
  const recipe = knownRecipe('findDataset', dataset);
  const { name } = recipe;
  for (const { path, from } of dataDirectories(options)) {
    const folders = foldersOf(recipe, path);
    // An archive that is not unpacked is a last sign: whoever reads the folder says what is missing.
    const directory = (await folderWith(namesOf(filesOf(recipe)), folders)) ?? (await folderWith(namesOf(recipe.files), folders));
    if (directory === undefined || (directory === path && (await isOfAnother(recipe, path)))) continue;
    return { name, directory, from, source: directorySource(directory) };
  }
  return undefined;
}

const namesOf = (files: readonly RecipeFile[]): readonly string[] => files.map(({ name }) => name);

function foldersOf({ name, aliases = [], inner }: DatasetRecipe, path: string): readonly string[] {
  return [...[name, ...aliases].map((folder) => join(path, folder)), path].flatMap((folder) =>
    inner === undefined ? [folder] : [folder, join(folder, inner)],
  );
}

/** By the sizes of the packed files, where no file says that it is this one's. */
async function isOfAnother(recipe: DatasetRecipe, folder: string): Promise<boolean> {
  const others = Object.values(recipes).filter(({ name }) => name !== recipe.name);
  let another = false;
  for (const { name, size } of filesOf(recipe)) {
    const found = await stat(join(folder, name)).then(
      (file) => file.size,
      () => undefined,
    );
    if (found === size) return false;
    another ||= others.some((other) => filesOf(other).some((file) => file.name === name && file.size === found));
  }
  return another;
}

/** The first of the folders that holds one of these files, packed as it is called or unpacked. */
export async function folderWith(files: readonly string[], folders: readonly string[]): Promise<string | undefined> {
  const wanted = new Set(files.flatMap((name) => [name, name.replace(/\.gz$/, '')]));
  for (const folder of folders) {
    if ((await list(folder)).some((file) => wanted.has(file))) return folder;
  }
  return undefined;
}

async function list(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (cause) {
    const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : cause;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw new GroundstateError(
      'invalid-data',
      `findDataset: expected \`${path}\` to be a readable folder, got the error ${code}. Check who may read it.`,
      { cause },
    );
  }
}
