/** Looks at every file of a known data set in a folder, and says of each in a sentence what it is and what to do. Changes nothing. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { expected } from '@groundstate/core';
import type { DatasetRecipe } from '../../recipes';
import { cacheDirectory } from '../cache-directory';
import { knownRecipe } from '../known-recipe';
import { examine } from './examine';
import { type FileReport, isFine } from './file-report';

/** What was found in the place of a data set. */
export interface DatasetReport {
  readonly name: string;
  readonly directory: string;
  /** Whether the published content is all there. */
  readonly whole: boolean;
  readonly files: readonly FileReport[];
}

/** No file of these data sets is larger, packed or not; what is, is not read into memory. */
const largest = 2 ** 30;

/**
 * Compares every file with what was published.
 *
 * @param directory The folder with the files themselves.
 * @throws GroundstateError `invalid-argument` for an unknown data set. What is wrong with files is the answer, not an error.
 * @example
 * const { whole, files } = await verifyDataset('mnist', 'data/mnist');
 */
export async function verifyDataset(dataset: string | DatasetRecipe, directory: string): Promise<DatasetReport> {
  const recipe = knownRecipe('verifyDataset', dataset);
  if (typeof directory !== 'string' || directory === '') throw expected('verifyDataset', 'directory', 'the path of a folder', directory);
  const files: FileReport[] = [];
  for (const wanted of recipe.files) {
    const names = wanted.name.endsWith('.gz') && recipe.format === 'idx' ? [wanted.name, wanted.name.replace(/\.gz$/, '')] : [wanted.name];
    files.push(await reportOn(recipe, wanted, directory, names));
  }
  return { name: recipe.name, directory, whole: files.every(isFine), files };
}

/** On the first of these names that is there, which is the one that would be read. */
async function reportOn(
  recipe: DatasetRecipe,
  wanted: DatasetRecipe['files'][number],
  directory: string,
  names: readonly string[],
): Promise<FileReport> {
  const fetchIt = fetchCommand(recipe.name, directory);
  const again = `Remove it and fetch it again: ${fetchIt}`;
  for (const file of names) {
    const path = join(directory, file);
    try {
      const { size } = await stat(path);
      if (size <= largest) return { file, ...(await examine({ recipe, wanted, again }, file, await readFile(path))) };
      const explanation = `${size - wanted.size} bytes more than the ${wanted.size} that it should have`;
      return { file, state: 'too-long', explanation, advice: again };
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT' || code === 'ENOTDIR') continue;
      if (code === undefined) throw cause;
      const explanation = code === 'EISDIR' ? 'a folder' : `cannot be read: ${message}`;
      return { file, state: 'unreadable', explanation, advice: 'Check what it is and who may read it.' };
    }
  }
  return {
    file: wanted.name,
    state: 'missing',
    explanation: `not in ${directory}`,
    advice: `Fetch it: ${fetchIt}, or put it there yourself.`,
  };
}

/** Into the folder that was looked into, or into one below it that is looked into first. */
function fetchCommand(name: string, directory: string): string {
  const parent = basename(resolve(directory)) === name ? dirname(directory) : directory;
  const place = resolve(parent) === resolve(cacheDirectory()) ? '' : ` --data ${/\s/.test(parent) ? `"${parent}"` : parent}`;
  return `groundstate datasets fetch ${name}${place}`;
}
