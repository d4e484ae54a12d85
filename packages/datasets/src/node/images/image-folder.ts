/** Your own images as a data set: PNG files, in a folder for each class. */
import { open, readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { checkKeys, checkNumber, checkOneOf, type Dataset, type DatasetCard, expected } from '@groundstate/core';
import { byteExamples } from '../../byte-examples';
import { fileError } from '../../file-error';
import { type ListedImage, listImages } from './list-images';
import { type Background, decodePng, headerBytes, type PngHeader, readPngHeader } from './read-png';

/** Options of `imageFolder`. */
export interface ImageFolderOptions {
  /** Height and width that every image must have. @default those of the first image */
  readonly size?: readonly [height: number, width: number];
  /** 1 for grey, 3 for colours. @default 1 where all files are of a grey type, else 3 */
  readonly channels?: 1 | 3;
  /** What is behind transparent pixels, 0 (black) to 255, or [red, green, blue]. @default none: a transparent pixel is an error */
  readonly background?: Background;
  /** Images are never resized: that changes what is measured, and is yours to do. @default false */
  readonly resize?: false;
  /** Share of each class that is tested on, where the folder has no train/ and test/. @default 0.2 */
  readonly testFraction?: number;
  /** Which share that is: an integer. @default 0 */
  readonly seed?: number;
  /** For the card. @default the folder's name */
  readonly name?: string;
  /** For the card. @default 'not stated' */
  readonly licence?: string;
}

/** Your images as a data set. */
export interface ImageFolderDataset extends Dataset {
  /** The names of the classes; the position is the label. */
  readonly classNames: readonly string[];
}

const owner = 'imageFolder';
/** A typed array of bytes holds no more on every engine. */
const mostBytes = 2 ** 31 - 1;

/**
 * Reads `train/<class>/*.png` and `test/<class>/*.png`, or `<class>/*.png`, which it divides by the names of the files. Classes are numbered
 * in the order of their names. Every header is looked at now, the pixels are decoded by `load` and stay bytes until they are batched.
 *
 * @throws GroundstateError naming the file: one that is no PNG, is broken, has another size, is coloured or transparent where it must not be.
 * @example
 * const dataset = await imageFolder('photographs', { size: [32, 32] });
 * const train = await dataset.load('train');
 */
export async function imageFolder(directory: string, options: ImageFolderOptions = {}): Promise<ImageFolderDataset> {
  checkKeys(owner, options, ['size', 'channels', 'background', 'resize', 'testFraction', 'seed', 'name', 'licence']);
  const { background, testFraction = 0.2, seed = 0, licence = 'not stated' } = options;
  if (typeof directory !== 'string' || directory === '') throw expected(owner, 'directory', 'the path of a folder', directory);
  if (options.resize !== undefined && options.resize !== false) {
    throw expected(owner, 'resize', 'false', options.resize, 'Resize the images yourself: how it is done changes what is measured.');
  }
  if (options.size !== undefined) {
    if (!Array.isArray(options.size) || options.size.length !== 2) throw expected(owner, 'size', '[height, width]', options.size);
    for (const length of options.size) checkNumber(owner, 'size', length, { integer: true, min: 1 });
  }
  if (options.channels !== undefined && options.channels !== 1 && options.channels !== 3) {
    throw expected(owner, 'channels', '1 (grey) or 3 (colours)', options.channels);
  }
  checkBackground(background);
  checkNumber(owner, 'testFraction', testFraction, { min: 0, max: 1 });
  checkNumber(owner, 'seed', seed, { integer: true });
  const listed = await listImages(owner, directory, { testFraction, seed });
  const splits = { train: listed.train, test: listed.test };
  const { shape, channels } = await commonShape([...listed.train, ...listed.test], options);
  const card: DatasetCard = {
    name: options.name ?? basename(resolve(directory)),
    classes: listed.classNames.length,
    shape,
    bounds: [0, 1],
    source: `${listed.train.length} and ${listed.test.length} PNG images of the folder ${directory}`,
    licence,
    checksums: {},
  };
  return {
    card,
    classNames: listed.classNames,
    load: async (split) => {
      const images = splits[checkOneOf(owner, 'split', split, ['train', 'test'])];
      if (images.length === 0) {
        throw fileError('not-found', owner, directory, {
          rule: `a folder with images to ${split} on`,
          got: 'none',
          advice: `Add some, or change \`testFraction\` (${testFraction}).`,
        });
      }
      const [height, width] = shape;
      const each = height * width * channels;
      const pixels = new Uint8Array(images.length * each);
      for (const [position, { path }] of images.entries()) {
        const bytes = await readFile(path).catch((cause: unknown) => refuseUnreadable(path, cause));
        // It may have been replaced since its header was looked at.
        checkSize(path, readPngHeader(owner, path, bytes), [height, width]);
        pixels.set(decodePng(owner, path, bytes, { channels, background }), position * each);
      }
      return byteExamples({ owner, shape, pixels, labels: Int32Array.from(images, ({ label }) => label) });
    },
  };
}

async function commonShape(
  images: readonly ListedImage[],
  options: ImageFolderOptions,
): Promise<{ readonly shape: readonly [number, number, number]; readonly channels: 1 | 3 }> {
  let size = options.size;
  let colours = false;
  for (const { path } of images) {
    const header = readPngHeader(owner, path, await startOf(path));
    size ??= [header.height, header.width];
    checkSize(path, header, size, options.size === undefined ? images[0]!.path : undefined);
    colours ||= header.channels === 3;
  }
  const [height, width] = size!;
  const channels = options.channels ?? (colours ? 3 : 1);
  const bytes = images.length * height * width * channels;
  if (bytes > mostBytes) {
    throw expected(owner, 'directory', `a folder of at most ${mostBytes} bytes of pixels`, bytes, 'Make the images smaller or fewer.');
  }
  return { shape: [height, width, channels], channels };
}

function checkSize(path: string, { height, width }: PngHeader, size: readonly [number, number], first?: string): void {
  if (height === size[0] && width === size[1]) return;
  const like = first === undefined ? '' : `, as ${first} is`;
  throw fileError('invalid-data', owner, path, {
    rule: `an image of ${size[0]} x ${size[1]}${like}`,
    got: `one of ${height} x ${width}`,
    advice: 'All images must have one size; resize or crop them yourself.',
  });
}

async function startOf(path: string): Promise<Uint8Array> {
  const file = await open(path).catch((cause: unknown) => refuseUnreadable(path, cause));
  try {
    const { buffer, bytesRead } = await file
      .read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
      .catch((cause: unknown) => refuseUnreadable(path, cause));
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A link to nowhere or to a folder, a file that is somebody else's, or one that was taken away meanwhile. */
function refuseUnreadable(path: string, cause: unknown): never {
  const { code, message } = cause as NodeJS.ErrnoException;
  throw fileError(code === 'ENOENT' ? 'not-found' : 'invalid-data', owner, path, {
    rule: 'a readable file',
    got: code === 'ENOENT' ? 'nothing, or a link to nothing' : code === 'EISDIR' ? 'a folder' : message,
    advice: 'Check what it is and who may read it, or take it out of the folder.',
    cause,
  });
}

function checkBackground(background: Background | undefined): void {
  if (background === undefined) return;
  const values = typeof background === 'number' ? [background] : background;
  const fits = Array.isArray(values) && (typeof background === 'number' || values.length === 3);
  if (!fits) throw expected(owner, 'background', 'a number or [red, green, blue]', background);
  for (const value of values) checkNumber(owner, 'background', value, { integer: true, min: 0, max: 255 });
}
