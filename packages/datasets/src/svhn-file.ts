/** One file of SVHN's form: a MAT-file with the images `X`, 32 x 32 x 3 x n bytes, and the labels `y`, n x 1, 10 for the digit 0. */
import { fileError } from './file-error';
import type { OpenFile } from './file-source';
import type { Mat5Values } from './formats/mat5/mat5-types';
import { readMat5 } from './formats/mat5/read-mat5';
import type { Mat5Header, Mat5Receiver } from './formats/mat5/read-matrix';

/** Digits of one or more files, one after another: pixels with channels last, labels 0 .. 9. */
export interface StreetDigits {
  pixels: Uint8Array;
  labels: Uint8Array;
}

const side = 32;
const channels = 3;
const plane = side * side;
/** Bytes of one image. */
export const svhnPixels: number = plane * channels;

interface SvhnFileRequest {
  /** Who reads, for errors. */
  readonly owner: string;
  /** Its name, for errors. */
  readonly name: string;
  readonly file: OpenFile;
  /** What comes before: the digits of this file are put behind it. Without it the file is only checked. */
  readonly digits?: StreetDigits;
}

/**
 * Reads such a file to its end, in pieces.
 *
 * @returns how many digits it has.
 * @throws GroundstateError `corrupt` or `invalid-data`, naming the file and what to do.
 */
export async function readSvhnFile({ owner, name, file, digits }: SvhnFileRequest): Promise<number> {
  const refuse = (rule: string, got: string, advice = 'It belongs to another data set, or is damaged: fetch the original file again.') =>
    fileError('invalid-data', owner, name, { rule: `a file of digits ${rule}`, got, advice });
  const found: { images?: number; labels?: Uint8Array } = {};
  const receive = (header: Mat5Header): Mat5Receiver => {
    const count = header.shape[header.name === 'X' ? 3 : 0] ?? 1;
    if (header.name === 'X') {
      if (header.class !== 'uint8' || header.shape.slice(0, 3).join() !== '32,32,3' || header.shape.length > 4 || count < 1) {
        throw refuse('with images `X` of shape [32, 32, 3, n] and class uint8', `[${header.shape.join(', ')}] of class ${header.class}`);
      }
      found.images = count;
      if (digits === undefined) return () => undefined;
      const start = digits.pixels.length;
      digits.pixels = enlarged(digits.pixels, start + count * svhnPixels);
      return imageReceiver(digits.pixels, start);
    }
    if (header.shape.length !== 2 || header.shape[1] !== 1) {
      throw refuse('with labels `y` of shape [n, 1]', `[${header.shape.join(', ')}] of class ${header.class}`);
    }
    const labels = new Uint8Array(count);
    found.labels = labels;
    return (piece, offset) => takeLabels(piece, offset, labels, (got) => refuse('with labels 1 .. 10 in `y`, 10 for the digit 0', got));
  };
  await readMat5({ owner, file: name, size: file.size, chunks: file.chunks, wants: (array) => array === 'X' || array === 'y', receive });
  const { images, labels } = found;
  if (images === undefined || labels === undefined) {
    throw refuse('with the arrays `X` and `y`', `a MAT-file without \`${images === undefined ? 'X' : 'y'}\``);
  }
  if (labels.length !== images) throw refuse(`with ${images} labels in \`y\`, one for each image in \`X\``, `${labels.length}`);
  if (digits !== undefined) {
    const start = digits.labels.length;
    digits.labels = enlarged(digits.labels, start + images);
    digits.labels.set(labels, start);
  }
  return images;
}

function enlarged(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === 0) return new Uint8Array(length);
  const larger = new Uint8Array(length);
  larger.set(bytes);
  return larger;
}

function takeLabels(piece: Mat5Values, offset: number, labels: Uint8Array, refusal: (got: string) => Error): void {
  for (let i = 0; i < piece.length; i++) {
    const label = Number(piece[i]);
    if (!(Number.isInteger(label) && label >= 1 && label <= 10)) throw refusal(`${piece[i]} at position ${offset + i}`);
    labels[offset + i] = label % 10;
  }
}

/** Turns images as they come, in pieces of any length. */
function imageReceiver(pixels: Uint8Array, start: number): Mat5Receiver {
  // An image that is cut by the end of a piece waits here for the rest.
  const partial = new Uint8Array(svhnPixels);
  return (piece, offset) => {
    const bytes = piece as Uint8Array;
    for (let taken = 0; taken < bytes.length; ) {
      const target = start + offset + taken;
      const waiting = (offset + taken) % svhnPixels;
      const part = bytes.subarray(taken, taken + svhnPixels - waiting);
      taken += part.length;
      if (part.length === svhnPixels) turnImage(part, pixels, target);
      else {
        partial.set(part, waiting);
        if (waiting + part.length === svhnPixels) turnImage(partial, pixels, target - waiting);
      }
    }
  };
}

/** Of one image: [channel][column][row], as MATLAB has it, to [row][column][channel]. */
function turnImage(image: Uint8Array, pixels: Uint8Array, start: number): void {
  let target = start;
  for (let row = 0; row < side; row++) {
    for (let source = row; source < plane; source += side) {
      pixels[target++] = image[source]!;
      pixels[target++] = image[source + plane]!;
      pixels[target++] = image[source + 2 * plane]!;
    }
  }
}
