/** What lies in a folder of images by class: the layout, the classes and the files, in an order that is the same on every machine. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { fileError } from '../../file-error';

export interface ListedImage {
  readonly path: string;
  readonly label: number;
}

export interface ListedImages {
  readonly classNames: readonly string[];
  readonly train: readonly ListedImage[];
  readonly test: readonly ListedImage[];
}

/** What systems leave in folders by themselves. */
const litter = /^(\..*|Thumbs\.db|desktop\.ini)$/i;

export async function listImages(
  owner: string,
  directory: string,
  split: { readonly testFraction: number; readonly seed: number },
): Promise<ListedImages> {
  const folders = await foldersIn(owner, directory);
  if (folders.includes('train') && folders.includes('test')) {
    const others = folders.filter((name) => name !== 'train' && name !== 'test');
    if (others.length > 0) {
      throw fileError('invalid-data', owner, directory, {
        rule: 'a folder with train/ and test/, or with a folder for each class',
        got: `train/, test/ and ${others[0]}/`,
        advice: 'Move what is neither to train nor to test on elsewhere.',
      });
    }
    const classNames = await foldersIn(owner, join(directory, 'train'));
    const strange = (await foldersIn(owner, join(directory, 'test'))).find((name) => !classNames.includes(name));
    if (strange !== undefined) {
      throw fileError('invalid-data', owner, join(directory, 'test', strange), {
        rule: `one of the classes of train/ (${classNames.join(', ')})`,
        got: 'a class that nothing is trained on',
        advice: 'Check the spelling of the two folders.',
      });
    }
    const train = await imagesOf(owner, join(directory, 'train'), classNames);
    const test = await imagesOf(owner, join(directory, 'test'), classNames, true);
    return { classNames, train: train.flat(), test: test.flat() };
  }
  const lone = folders.length === 1 && folders.find((name) => name === 'train' || name === 'test');
  if (lone) {
    const other = lone === 'train' ? 'test' : 'train';
    throw fileError('invalid-data', owner, directory, {
      rule: 'a folder with train/ and test/, or with a folder for each class',
      got: `${lone}/ alone`,
      advice: `Put ${other}/ beside it; or name the folder ${lone} itself, and a share of each class is tested on.`,
    });
  }
  const all = await imagesOf(owner, directory, folders);
  const parts = all.map((images, label) => divide(images, folders[label]!, split));
  return { classNames: folders, train: parts.flatMap(({ train }) => train), test: parts.flatMap(({ test }) => test) };
}

/** By code units, so that no locale decides which class is which. */
const byName = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

async function foldersIn(owner: string, directory: string): Promise<string[]> {
  const entries = (await list(owner, directory)).filter(({ name }) => !litter.test(name));
  const file = entries.find((entry) => entry.isFile());
  if (file !== undefined) {
    throw fileError('invalid-data', owner, join(directory, file.name), {
      rule: 'a folder, one for each class',
      got: 'a file',
      advice: 'Put each image into the folder of its class.',
    });
  }
  if (entries.length === 0) {
    throw fileError('not-found', owner, directory, { rule: 'a folder with a folder for each class', got: 'one with none' });
  }
  return entries.map(({ name }) => name).sort(byName);
}

async function imagesOf(owner: string, directory: string, classNames: readonly string[], mayLack = false): Promise<ListedImage[][]> {
  const classes: ListedImage[][] = [];
  for (const [label, className] of classNames.entries()) {
    const folder = join(directory, className);
    const entries = (await list(owner, folder, mayLack)).filter(({ name }) => !litter.test(name));
    const stranger = entries.find((entry) => !(entry.isFile() || entry.isSymbolicLink()) || !/\.png$/i.test(entry.name));
    if (stranger !== undefined) {
      throw fileError('invalid-data', owner, join(folder, stranger.name), {
        rule: 'a PNG image, as all in the folder of a class',
        got: stranger.isDirectory() ? 'a folder' : 'another kind of file',
        advice: 'Convert it, or take it out of the folder.',
      });
    }
    if (entries.length === 0 && !mayLack) {
      throw fileError('not-found', owner, folder, {
        rule: 'a folder of PNG images',
        got: 'an empty one',
        advice: 'Every class needs images.',
      });
    }
    const names = entries.map(({ name }) => name).sort(byName);
    classes.push(names.map((name) => ({ path: join(folder, name), label })));
  }
  return classes;
}

async function list(owner: string, directory: string, mayLack = false): ReturnType<typeof entriesOf> {
  try {
    return await entriesOf(directory);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && mayLack) return [];
    const got = code === 'ENOENT' ? 'nothing there' : code === 'ENOTDIR' ? 'a file' : message;
    throw new GroundstateError(
      code === 'ENOENT' ? 'not-found' : 'invalid-data',
      `${owner}: expected \`${directory}\` to be a folder, got ${got}. Check the path.`,
      { cause },
    );
  }
}

const entriesOf = (directory: string) => readdir(directory, { withFileTypes: true });

/**
 * The images whose names have the lowest hashes are tested on: the same on every machine, and an image that is added moves at most one
 * other across.
 */
function divide(
  images: readonly ListedImage[],
  className: string,
  { testFraction, seed }: { readonly testFraction: number; readonly seed: number },
): { train: ListedImage[]; test: ListedImage[] } {
  const names = images.map(({ path }) => basename(path).normalize());
  const hashes = names.map((name) => createHash('sha256').update(`${seed}/${className.normalize()}/${name}`).digest('hex'));
  const count = Math.round(testFraction * images.length);
  const tested = new Set(
    hashes
      .map((_, i) => i)
      .sort((a, b) => byName(hashes[a]!, hashes[b]!))
      .slice(0, count),
  );
  return { train: images.filter((_, i) => !tested.has(i)), test: images.filter((_, i) => tested.has(i)) };
}
