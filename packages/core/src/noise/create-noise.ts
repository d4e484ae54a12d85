/**
 * Noise as a value, on Philox4x32-10. The key is a digest of the seed and the stream's path; the counter holds the
 * example id and the number of the draw: row i is a function of (seed, path, ids[i]) and of nothing else.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Bounds, Noise } from '../contract/noise';
import { checkNumber, expected } from '../errors';
import { philox } from './philox';

type Key = readonly [number, number];

/** Tags keep a number and a string of the same spelling, and the three distributions, apart. */
const tags = { number: 1, string: 2, uniform: 3, normal: 4, signs: 5 } as const;

const scratch = new Uint32Array(4);

/** One link of the key's digest: Philox is a keyed permutation of the counter, so its output serves as a mixing function. */
function mix(key: Key, tag: number, low: number, high: number, position: number): Key {
  philox(key[0], key[1], low, high, position, tag, scratch);
  return [scratch[0]!, scratch[1]!];
}

function mixPath(key: Key, path: readonly (string | number)[]): Key {
  let mixed = key;
  for (const part of path) {
    if (typeof part === 'number') {
      checkNumber('noise', 'stream', part, { integer: true });
      mixed = mix(mixed, tags.number, part, Math.floor(part / 2 ** 32), 0);
    } else {
      // Two characters a link, then the length, so that no two strings share a digest by padding.
      for (let i = 0; i < part.length; i += 2) mixed = mix(mixed, tags.string, part.charCodeAt(i), part.charCodeAt(i + 1) || 0, i);
      mixed = mix(mixed, tags.string, part.length, 0xffffffff, part.length);
    }
  }
  return mixed;
}

/** Visits `count` random words of one row, four at a time. */
function fillRow(key: Key, tag: number, id: number, count: number, write: (index: number, word: number) => void): void {
  for (let start = 0; start < count; start += 4) {
    philox(key[0], key[1], start >>> 2, tag, id, 0, scratch);
    const stop = Math.min(4, count - start);
    for (let j = 0; j < stop; j++) write(start + j, scratch[j]!);
  }
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/**
 * Noise for the examples `ids`, from `seed` (an integer of at most 53 bits).
 *
 * @example
 * const noise = createNoise(1, Int32Array.from([7, 8]));
 * noise.stream('start').uniform([2]); // a tensor of shape [2, 2]; row 0 belongs to example 7
 */
export function createNoise(seed: number, ids: Int32Array): Noise {
  checkNumber('createNoise', 'seed', seed, { integer: true, min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
  if (!(ids instanceof Int32Array)) throw expected('createNoise', 'ids', 'an Int32Array of example ids', ids);
  return noiseOf([seed | 0, Math.floor(seed / 2 ** 32) | 0], ids);
}

function noiseOf(key: Key, ids: Int32Array): Noise {
  const draw = (shape: readonly number[], fill: (values: Float32Array, offset: number, size: number, id: number) => void): Tensor => {
    const size = sizeOf(shape);
    const values = new Float32Array(ids.length * size);
    for (let row = 0; row < ids.length; row++) fill(values, row * size, size, ids[row]!);
    return tf.tensor(values, [ids.length, ...shape], 'float32');
  };
  return {
    ids,
    stream: (...path) => noiseOf(mixPath(key, path), ids),
    rows: (kept) =>
      noiseOf(
        key,
        Int32Array.from(kept, (position) => rowId(ids, position)),
      ),
    uniform: (shape, bounds: Bounds = [0, 1]) => {
      const [lower, upper] = bounds;
      return draw(shape, (values, offset, size, id) =>
        // 24 bits fill the mantissa of a float32 exactly.
        fillRow(key, tags.uniform, id, size, (i, word) => {
          values[offset + i] = lower + (upper - lower) * ((word >>> 8) * 2 ** -24);
        }),
      );
    },
    normal: (shape) =>
      draw(shape, (values, offset, size, id) => {
        // Box-Muller: two uniform numbers make two normal ones; the first is kept away from zero.
        let radius = 0;
        fillRow(key, tags.normal, id, size + (size & 1), (i, word) => {
          if ((i & 1) === 0) {
            radius = Math.sqrt(-2 * Math.log((word + 0.5) * 2 ** -32));
            return;
          }
          const angle = 2 * Math.PI * (word * 2 ** -32);
          values[offset + i - 1] = radius * Math.cos(angle);
          if (i < size) values[offset + i] = radius * Math.sin(angle);
        });
      }),
    signs: (shape) =>
      draw(shape, (values, offset, size, id) =>
        fillRow(key, tags.signs, id, size, (i, word) => {
          values[offset + i] = word >>> 31 === 0 ? 1 : -1;
        }),
      ),
  };
}

function rowId(ids: Int32Array, position: number): number {
  const id = ids[position];
  if (id === undefined) throw expected('noise.rows', 'kept', `positions within 0 .. ${ids.length - 1}`, position);
  return id;
}
