/** Looks at every file of a known data set in a folder, and says of each in a sentence what it is and what to do. Changes nothing. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { expected } from '@groundstate/core';
import { type DatasetRecipe, type Edition, filesOf } from '../../recipes';
import { cacheDirectory } from '../cache-directory';
import { knownRecipe } from '../known-recipe';
import { examine } from './examine';
import { type FileReport, isFine } from './file-report';

/** What was found in the place of a data set. */
export interface DatasetReport {
  readonly name: string;
  readonly directory: string;
  /** Whether the published content is all there, or all of a known edition. */
  readonly whole: boolean;
  /** The edition that is there, where it is not the published one. */
  readonly edition?: string;
  readonly files: readonly FileReport[];
}

/** What is larger than this and than it should be is not read into memory. */
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
  for (const wanted of filesOf(recipe)) {
    const names = wanted.name.endsWith('.gz') && recipe.format === 'idx' ? [wanted.name, wanted.name.replace(/\.gz$/, '')] : [wanted.name];
    const report = await reportOn(recipe, wanted, directory, names);
    if (!wanted.optional || report.state !== 'missing') files.push(report);
  }
  return { name: recipe.name, directory, ...judged(recipe, files) };
}

/** An edition is whole with its own files alone; those of one edition among others are foreign. */
function judged({ editions = [] }: DatasetRecipe, files: readonly FileReport[]): Pick<DatasetReport, 'whole' | 'edition' | 'files'> {
  const there = files.filter(({ state }) => state !== 'missing');
  const isOf = ({ files: own }: Edition, { file, state }: FileReport): boolean =>
    state === 'edition' && own.some(({ name }) => name === file);
  const edition = editions.find((one) => there.length === one.files.length && there.every((report) => isOf(one, report)));
  if (edition !== undefined) return { whole: true, edition: edition.name, files: there };
  const mixed = there.some(({ state }) => state !== 'edition');
  const judge = (report: FileReport): FileReport =>
    report.state === 'edition' && mixed
      ? { ...report, state: 'foreign', advice: 'Take all files from one place: those of an edition are read with one another only.' }
      : report;
  return { whole: files.every(({ state }) => state !== 'edition') && files.every(isFine), files: files.map(judge) };
}

/** On the first of these names that is there, which is the one that would be read. */
async function reportOn(
  recipe: DatasetRecipe,
  wanted: DatasetRecipe['files'][number],
  directory: string,
  names: readonly string[],
): Promise<FileReport> {
  const fetchIt = fetchCommand(recipe, directory);
  const again = `Remove it and fetch it again: ${fetchIt}`;
  for (const file of names) {
    const path = join(directory, file);
    try {
      const { size } = await stat(path);
      if (size <= Math.max(largest, wanted.size))
        return { file, ...(await examine({ recipe, wanted, again }, file, await readFile(path))) };
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
function fetchCommand({ name, aliases = [], inner }: DatasetRecipe, directory: string): string {
  const outer = inner !== undefined && basename(resolve(directory)) === inner ? dirname(directory) : directory;
  const parent = [name, ...aliases].includes(basename(resolve(outer))) ? dirname(outer) : outer;
  const place = resolve(parent) === resolve(cacheDirectory()) ? '' : ` --data ${/\s/.test(parent) ? `"${parent}"` : parent}`;
  return `groundstate datasets fetch ${name}${place}`;
}
