/**
 * The numbers that all contenders compute with, and the figures by which their answers are compared. A number depends on its
 * position and a seed alone, through a hash of 32-bit integers (the mixing of MurmurHash3), which every language has.
 */
const GOLDEN = 0x9e3779b1;

/** `size` numbers between `low` and `high`. The Python twin is `numbers` in torch/torch_contender.py. */
export function numbers(size: number, seed: number, low = -1, high = 1): Float32Array {
  const values = new Float32Array(size);
  const offset = Math.imul(seed, GOLDEN);
  for (let position = 0; position < size; position++) {
    let hash = position ^ offset;
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    values[position] = low + ((high - low) * ((hash ^ (hash >>> 16)) >>> 0)) / 2 ** 32;
  }
  return values;
}

/** What is left of an answer for the comparison. */
export type Figures = {
  readonly size: number;
  /** The euclidean norm. */
  readonly norm: number;
  /** The inner product with numbers of both signs: it tells where the values stand, not only how large they are. */
  readonly projection: number;
};

const PROJECTION_SEED = 99;

export function figuresOf(values: ArrayLike<number>): Figures {
  const weights = numbers(values.length, PROJECTION_SEED);
  let [squares, projection] = [0, 0];
  for (let position = 0; position < values.length; position++) {
    squares += values[position]! ** 2;
    projection += values[position]! * weights[position]!;
  }
  return { size: values.length, norm: Math.sqrt(squares), projection };
}

/** How far apart two answers are, relative to the norm of the first. */
export function distance(reference: Figures, answer: Figures): number {
  if (reference.size !== answer.size) return Number.POSITIVE_INFINITY;
  const apart = Math.max(Math.abs(reference.norm - answer.norm), Math.abs(reference.projection - answer.projection));
  return apart === 0 ? 0 : Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart / reference.norm;
}

/** Seeds: every input has its own, the same in every contender. */
export const SEEDS = { left: 1, right: 2, inputs: 3, filter: 4, outputs: 5, weights: 100 } as const;
