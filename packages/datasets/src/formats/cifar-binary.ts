/**
 * The binary form of CIFAR-10: records of one label byte and 3,072 bytes of pixels (1,024 red, 1,024 green, 1,024 blue, each plane 32 x 32
 * row by row), one after another, nothing before, between or behind them.
 *
 * Source: "Learning Multiple Layers of Features from Tiny Images", A. Krizhevsky, 2009, https://www.cs.toronto.edu/~kriz/cifar.html.
 */
import { expected } from '@groundstate/core';
import { fileError } from '../file-error';
import { looksLike } from './looks-like';

/** Images 32 x 32 in three colours, and their labels. */
export interface CifarRecords {
  /** Channels last: `[n, 32, 32, 3]`, last axis fastest. */
  readonly pixels: Uint8Array;
  readonly labels: Uint8Array;
}

/** Options of `decodeCifar`. */
export interface DecodeCifarOptions {
  /** The file's name, for errors. @default 'bytes' */
  readonly file?: string;
  /** Who reads it, for errors. @default 'decodeCifar' */
  readonly owner?: string;
  /** Labels are below this. @default 10 */
  readonly classes?: number;
  /** Where the pixels go; of their exact length. @default a new array */
  readonly into?: Uint8Array;
}

const plane = 32 * 32;

/** Bytes of the pixels of one record. */
export const cifarPixels: number = 3 * plane;

/** Bytes of one record. */
export const cifarRecordLength: number = 1 + cifarPixels;

/**
 * How many records a file has.
 *
 * @throws GroundstateError `corrupt` where it is empty, cut short or goes on behind the last record.
 */
export function countCifar(bytes: Uint8Array, file = 'bytes', owner = 'decodeCifar'): number {
  const records = Math.floor(bytes.length / cifarRecordLength);
  const rest = bytes.length % cifarRecordLength;
  if (records > 0 && rest === 0) return records;
  const rule = `a CIFAR file of whole records of ${cifarRecordLength} bytes`;
  const kind = looksLike(bytes);
  const advice = kind === 'a gzip file' || kind === 'a tar archive' ? 'Unpack it first.' : 'Fetch it again.';
  if (bytes.length === 0) throw fileError('corrupt', owner, file, { rule, got: 'an empty file', advice });
  if (kind !== undefined) throw fileError('corrupt', owner, file, { rule, got: kind, advice });
  throw fileError('corrupt', owner, file, {
    rule,
    got: `${bytes.length} bytes, which end ${rest} bytes into record ${records}`,
    advice: 'The file is cut short, or there are bytes left over: fetch it again.',
  });
}

/**
 * Reads a file of such records; the planes of each image become channels last.
 *
 * @throws GroundstateError `corrupt` where bytes are missing or left over, or a label is beyond the classes.
 * @example
 * decodeCifar(encodeCifar({ pixels: new Uint8Array(3072), labels: Uint8Array.of(7) })).labels; // [7]
 */
export function decodeCifar(bytes: Uint8Array, options: DecodeCifarOptions = {}): CifarRecords {
  const { file = 'bytes', owner = 'decodeCifar', classes = 10 } = options;
  const records = countCifar(bytes, file, owner);
  const { into: pixels = new Uint8Array(records * cifarPixels) } = options;
  if (pixels.length !== records * cifarPixels) throw expected(owner, 'into', `of ${records * cifarPixels} bytes`, pixels.length);
  const labels = new Uint8Array(records);
  for (let record = 0; record < records; record++) {
    const start = record * cifarRecordLength;
    const label = bytes[start]!;
    if (label >= classes) throw strangeLabel(bytes, { file, owner, classes, label, record });
    labels[record] = label;
    const red = start + 1;
    for (let pixel = 0, target = record * cifarPixels; pixel < plane; pixel++, target += 3) {
      pixels[target] = bytes[red + pixel]!;
      pixels[target + 1] = bytes[red + plane + pixel]!;
      pixels[target + 2] = bytes[red + 2 * plane + pixel]!;
    }
  }
  return { pixels, labels };
}

/**
 * Writes such a file.
 *
 * @throws GroundstateError `invalid-argument` where the pixels do not fit the labels.
 * @example
 * encodeCifar({ pixels: new Uint8Array(2 * 3072), labels: Uint8Array.of(0, 1) }).length; // 6146: two records
 */
export function encodeCifar({ pixels, labels }: CifarRecords): Uint8Array<ArrayBuffer> {
  if (labels.length === 0) throw expected('encodeCifar', 'labels', 'one label at least', 'none');
  if (pixels.length !== labels.length * cifarPixels) {
    throw expected('encodeCifar', 'pixels', `${labels.length} x 32 x 32 x 3 = ${labels.length * cifarPixels} bytes`, pixels.length);
  }
  const bytes = new Uint8Array(labels.length * cifarRecordLength);
  for (const [record, label] of labels.entries()) {
    const start = record * cifarRecordLength;
    bytes[start] = label;
    for (let channel = 0; channel < 3; channel++) {
      const target = start + 1 + channel * plane;
      const source = record * cifarPixels + channel;
      for (let pixel = 0; pixel < plane; pixel++) bytes[target + pixel] = pixels[source + 3 * pixel]!;
    }
  }
  return bytes;
}

function strangeLabel(
  bytes: Uint8Array,
  found: { readonly file: string; readonly owner: string; readonly classes: number; readonly label: number; readonly record: number },
): Error {
  const { file, owner, classes, label, record } = found;
  const kind = record === 0 ? looksLike(bytes) : undefined;
  if (kind !== undefined) {
    return fileError('corrupt', owner, file, { rule: 'a CIFAR file', got: kind, advice: 'Fetch the original file again.' });
  }
  return fileError('corrupt', owner, file, {
    rule: `a CIFAR file with labels within 0 .. ${classes - 1}`,
    got: `${label} at position ${record}`,
    advice: 'The file is damaged or of another form: fetch the original again.',
  });
}
