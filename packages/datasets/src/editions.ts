/**
 * Which known set of files lies in a place: the published one, or an edition that differs from it and says so. Every file is known by
 * SHA-256 or refused by name; files of two editions are never mixed.
 */
import { checkOneOf, type GroundstateError } from '@groundstate/core';
import { fileError } from './file-error';
import type { FileSource } from './file-source';
import { sha256Of } from './open-file';
import { type DatasetRecipe, type Edition, filesOf } from './recipes';
import { sha256 } from './sha256';

/** `published`: every byte is that of a known edition. `layout`: any files of the right form, for editions of one's own. */
export type Verify = 'published' | 'layout';

/** What `identifyEdition` looks at. */
export interface EditionRequest {
  /** Who reads, for errors. */
  readonly owner: string;
  readonly source: FileSource;
  /** The published one first. */
  readonly editions: readonly Edition[];
  /** Throws what is wrong with a file of no edition: cut short, another format. Where it throws nothing, only the bytes are others. */
  readonly examine: (bytes: Uint8Array, file: string) => void | Promise<void>;
}

/** @throws GroundstateError `invalid-argument` for any other word. */
export const checkVerify = (owner: string, verify: unknown): Verify => checkOneOf(owner, 'verify', verify, ['published', 'layout']);

/** All editions of a recipe, the published one first, without files that are optional unless they are asked for. */
export function editionsOf(recipe: DatasetRecipe, optional = false): readonly Edition[] {
  const { title, editions = [] } = recipe;
  const published = { name: 'published', title: `${title.split(',')[0]} as published`, files: filesOf(recipe) };
  return [published, ...editions].map((edition) => ({ ...edition, files: edition.files.filter((file) => optional || !file.optional) }));
}

/**
 * Reads every file that any edition names, one after another, and says whose they are. At most one file is in memory at a time.
 *
 * @throws GroundstateError `corrupt`, `invalid-data` or `not-found`, naming the file: of no edition, in another one's place, of two editions, missing.
 */
export async function identifyEdition({ owner, source, editions, examine }: EditionRequest): Promise<Edition> {
  const sums = new Map<string, string>();
  for (const name of new Set(editions.flatMap(({ files }) => files.map((file) => file.name)))) {
    const sum = await sha256Of(source, name);
    if (sum === undefined) continue;
    if (!editions.some((edition) => holds(edition, name, sum))) {
      const other = whoseContent(editions, sum);
      if (other !== undefined) throw swapped(owner, name, other);
      await examine((await source.read(name)) ?? new Uint8Array(0), name);
      throw unknownBytes(owner, name, sum, editions);
    }
    sums.set(name, sum);
  }
  const matches = (edition: Edition): number => [...sums].filter(([name, sum]) => holds(edition, name, sum)).length;
  const nearest = editions.reduce((best, edition) => (matches(edition) > matches(best) ? edition : best));
  const stranger = [...sums.keys()].find((name) => !holds(nearest, name, sums.get(name)!));
  const missing = nearest.files.find(({ name }) => !sums.has(name))?.name;
  if (stranger !== undefined) {
    throw fileError('invalid-data', owner, stranger, {
      rule: `of one edition with the other files, which are ${nearest.title}`,
      got: `the file of ${editions.find((edition) => holds(edition, stranger, sums.get(stranger)!))?.title}`,
      advice: "Take all files from one place. With `verify: 'layout'` they are read together, as files that nobody has verified.",
    });
  }
  if (missing !== undefined) {
    throw fileError('not-found', owner, 'source', {
      rule: `a place with ${missing}`,
      got: `${source.description}, which has ${sums.size === 0 ? 'none of the files' : `no such file, and ${sums.size} others of ${nearest.title}`}`,
      advice: 'Put the original file there.',
    });
  }
  return nearest;
}

/** Reads one file and refuses bytes whose SHA-256 is another than the one that is wanted. Nothing is compared where nothing is wanted. */
export async function readPinned(owner: string, source: FileSource, name: string, wanted: string | undefined): Promise<Uint8Array> {
  const bytes = await source.read(name);
  if (bytes === undefined) throw noSuchFile(owner, source, name);
  if (wanted !== undefined) checkPinned(owner, name, wanted, await sha256(bytes));
  return bytes;
}

/** The error for a file that a place lacks. */
export function noSuchFile(owner: string, source: FileSource, name: string): GroundstateError {
  return fileError('not-found', owner, 'source', {
    rule: `a place with ${name}`,
    got: `${source.description}, which has no such file`,
    advice: 'Put the original file there.',
  });
}

/** Refuses a file whose SHA-256 is another than the one that is wanted. */
export function checkPinned(owner: string, name: string, wanted: string, sum: string): void {
  if (sum === wanted) return;
  throw fileError('corrupt', owner, name, {
    rule: `the file that the card names (SHA-256 ${wanted})`,
    got: `a file with SHA-256 ${sum}`,
    advice: 'It was changed or damaged: put the original file back.',
  });
}

const holds = ({ files }: Edition, name: string, sum: string): boolean => files.some((file) => file.name === name && file.sha256 === sum);

function whoseContent(editions: readonly Edition[], sum: string): string | undefined {
  for (const { files } of editions) {
    const file = files.find((one) => one.sha256 === sum);
    if (file !== undefined) return file.name;
  }
  return undefined;
}

function swapped(owner: string, name: string, other: string): GroundstateError {
  return fileError('invalid-data', owner, name, {
    rule: 'what its name says',
    got: `the content of ${other}`,
    advice: 'The files are swapped: give each its own name back.',
  });
}

function unknownBytes(owner: string, name: string, sum: string, editions: readonly Edition[]): GroundstateError {
  const [published] = editions;
  const wanted = published?.files.find((file) => file.name === name)?.sha256;
  return fileError('corrupt', owner, name, {
    rule: `the original file${wanted === undefined ? '' : ` (SHA-256 ${wanted})`}`,
    got: `a well-formed file with SHA-256 ${sum}`,
    advice:
      "It is damaged, or an edition that is not known here: fetch the original again. With `verify: 'layout'` only the form is checked, and the card says so.",
  });
}
