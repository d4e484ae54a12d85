/**
 * Eigenvalues and eigenvectors of a symmetric matrix in double precision: Householder's tridiagonal form, then the implicit QR iteration with
 * Wilkinson's shift. Source: "Matrix Computations", G. Golub, C. Van Loan, 4th edition, algorithms 8.3.1 to 8.3.3.
 *
 * A matrix of 3072 rows (CIFAR-10) is 75 MB: what takes the time is not arithmetic but memory, so each of the three parts goes along rows, over
 * pieces that stay in the processor's cache. It awaits now and then, for a signal or a progress bar.
 */
import { breathe, checkAborted, GroundstateError } from '@groundstate/core';

/** Of the symmetric matrix A = vectors diag(values) vectors^T. */
export type Eigen = {
  /** In no order. */
  readonly values: Float64Array;
  /** `[n, n]`, row by row: column j belongs to values[j]; orthonormal. */
  readonly vectors: Float64Array;
};

export type Watch = { readonly owner: string; readonly signal?: AbortSignal | undefined; readonly onProgress?: (share: number) => void };

/** `matrix` is `[size, size]`; only its lower triangle is read, and it is overwritten. */
export async function symmetricEigen(matrix: Float64Array, size: number, watch: Watch): Promise<Eigen> {
  const pause = async (share: number): Promise<void> => {
    checkAborted(watch.owner, watch.signal);
    watch.onProgress?.(share);
    await breathe();
  };
  const scale = normalise(matrix, size);
  // Shares of the time at 3072 rows.
  const { diagonal, beside, factors } = await tridiagonalise(matrix, size, (share) => pause(0.3 * share));
  const vectors = await reflectors(matrix, factors, size, (share) => pause(0.3 + 0.3 * share));
  await diagonalise(diagonal, beside, vectors, (share) => pause(0.6 + 0.4 * share), watch.owner);
  return { values: diagonal.map((value) => value * scale), vectors };
}

/** Divides by a power of two, so that no square is too large or too small for a number. Returns that power. */
function normalise(matrix: Float64Array, n: number): number {
  let largest = 0;
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) largest = Math.max(largest, Math.abs(matrix[row * n + column]!));
  }
  if (largest === 0) return 1;
  const scale = 2 ** Math.floor(Math.log2(largest));
  for (let at = 0; at < matrix.length; at++) matrix[at] = matrix[at]! / scale;
  return scale;
}

type Pause = (share: number) => Promise<void>;

/**
 * H A H for one reflection H = I - factor v v^T after another, each of which clears a column below the diagonal's neighbour. What is left of A is
 * its lower triangle; v of step k is written over row k, right of the diagonal. The update of one step and the product that the next one needs
 * are one pass: A <- A - v w^T - w v^T, and at once A u for the next vector u.
 */
async function tridiagonalise(a: Float64Array, n: number, pause: Pause) {
  const [diagonal, beside, factors] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  let [v, w, next, product] = [0, 1, 2, 3].map(() => new Float64Array(n)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let k = 0; k < n; k++) {
    // Column k as step k - 1 leaves it: v and w are 0 before step 0.
    for (let i = k; i < n; i++) next[i] = a[i * n + k]! - v[i]! * w[k]! - w[i]! * v[k]!;
    diagonal[k] = next[k]!;
    next[k] = 0;
    let squares = 0;
    for (let i = k + 1; i < n; i++) squares += next[i]! ** 2;
    const length = Math.sqrt(squares);
    const first = next[k + 1] ?? 0;
    // Away from zero: no cancellation in the vector's first entry.
    const image = first > 0 ? -length : length;
    beside[k] = image;
    // Where only the first entry is left, nothing needs to be cleared.
    const clear = length > Math.abs(first);
    if (clear) next[k + 1] = first - image;
    else beside[k] = first;
    const factor = clear ? 1 / (squares - first * image) : 0;
    factors[k] = factor;
    product.fill(0);
    updateAndMultiply(a, n, k + 1, v, w, next, product);
    let along = 0;
    for (let i = k + 1; i < n; i++) along += product[i]! * next[i]!;
    for (let i = k + 1; i < n; i++) {
      a[k * n + i] = next[i]!;
      w[i] = factor * (product[i]! - 0.5 * factor * along * next[i]!);
    }
    [v, next] = [next, v];
    await pause(1 - (1 - k / n) ** 3);
  }
  return { diagonal, beside, factors };
}

/** A <- A - v w^T - w v^T and product <- A u, for the rows and columns from `first` on, in the lower triangle. */
function updateAndMultiply(
  a: Float64Array,
  n: number,
  first: number,
  v: Float64Array,
  w: Float64Array,
  u: Float64Array,
  product: Float64Array,
): void {
  for (let i = first; i < n; i++) {
    const row = i * n;
    const vi = v[i]!;
    const wi = w[i]!;
    const ui = u[i]!;
    let sum = 0;
    for (let j = first; j < i; j++) {
      const value = a[row + j]! - vi * w[j]! - wi * v[j]!;
      a[row + j] = value;
      sum += value * u[j]!;
      product[j] = product[j]! + value * ui;
    }
    const value = a[row + i]! - 2 * vi * wi;
    a[row + i] = value;
    product[i] = product[i]! + sum + value * ui;
  }
}

/** Columns that are worked on together: 32 of 3072 rows are 0.8 MB. */
const tileWidth = 32;

/** The product of the reflections, from the last to the first, columns by columns. */
async function reflectors(a: Float64Array, factors: Float64Array, n: number, pause: Pause): Promise<Float64Array> {
  const vectors = new Float64Array(n * n);
  for (let start = 0; start < n; start += tileWidth) {
    const width = Math.min(tileWidth, n - start);
    const tile = new Float64Array(n * width);
    for (let column = 0; column < width; column++) tile[(start + column) * width + column] = 1;
    const sums = new Float64Array(width);
    // Reflection k moves rows from k + 1 on: later ones leave these columns of the identity alone.
    for (let k = Math.min(n - 2, start + width - 2); k >= 0; k--) {
      const factor = factors[k]!;
      if (factor === 0) continue;
      reflect(tile, width, a, k, n, factor, sums);
    }
    for (let i = 0; i < n; i++) vectors.set(tile.subarray(i * width, (i + 1) * width), i * n + start);
    await pause(Math.min(1, (start + width) / n) ** 2);
  }
  return vectors;
}

/** The rows from k + 1 on of a tile, reflected by the vector that stands in row k of `a`. */
function reflect(tile: Float64Array, width: number, a: Float64Array, k: number, n: number, factor: number, sums: Float64Array): void {
  sums.fill(0);
  for (let i = k + 1; i < n; i++) {
    const entry = a[k * n + i]!;
    const row = i * width;
    for (let column = 0; column < width; column++) sums[column] = sums[column]! + entry * tile[row + column]!;
  }
  for (let i = k + 1; i < n; i++) {
    const entry = factor * a[k * n + i]!;
    const row = i * width;
    for (let column = 0; column < width; column++) tile[row + column] = tile[row + column]! - entry * sums[column]!;
  }
}

/** Rotations that are applied together: 0.5 MB, which every group of rows runs through. */
const pending = 32_768;
/** No eigenvalue of a finite matrix has been seen to need more steps; two are usual. */
const stepsPerValue = 40;

/** The tridiagonal matrix made diagonal by rotations of neighbours, which are gathered and then applied to the vectors. */
async function diagonalise(diagonal: Float64Array, beside: Float64Array, vectors: Float64Array, pause: Pause, owner: string) {
  const n = diagonal.length;
  const size = diagonal.reduce((largest, value, i) => Math.max(largest, Math.abs(value) + Math.abs(beside[i]!)), 0);
  const negligible = Number.EPSILON * size;
  const rotations = new Rotations(n);
  let steps = 0;
  for (let end = n - 1; end > 0; ) {
    if (Math.abs(beside[end - 1]!) <= negligible) {
      end--;
      continue;
    }
    let start = end - 1;
    while (start > 0 && Math.abs(beside[start - 1]!) > negligible) start--;
    if (steps++ > stepsPerValue * n) {
      throw new GroundstateError(
        'diverged',
        `${owner}: the eigenvalues did not settle in ${steps} steps. Report this matrix: it should not be.`,
      );
    }
    chase(diagonal, beside, start, end, rotations);
    if (rotations.count + n > pending) {
      await rotations.apply(vectors, pause, 1 - (end / n) ** 2);
    }
  }
  await rotations.apply(vectors, pause, 1);
}

/** One implicit QR step on rows `start` to `end`: a rotation that the shift asks for, and those that chase its bulge down. */
function chase(diagonal: Float64Array, beside: Float64Array, start: number, end: number, rotations: Rotations): void {
  const [last, before] = [diagonal[end]!, beside[end - 1]!];
  const half = (diagonal[end - 1]! - last) / 2;
  const shift = last - before ** 2 / (half + (half < 0 ? -1 : 1) * Math.hypot(half, before));
  let [kept, bulge] = [diagonal[start]! - shift, beside[start]!];
  rotations.begin(start, end);
  for (let k = start; k < end; k++) {
    const length = Math.hypot(kept, bulge);
    const cosine = length === 0 ? 1 : kept / length;
    const sine = length === 0 ? 0 : bulge / length;
    if (k > start) beside[k - 1] = length;
    const [upper, lower, between] = [diagonal[k]!, diagonal[k + 1]!, beside[k]!];
    const mixed = 2 * cosine * sine * between;
    diagonal[k] = cosine * cosine * upper + mixed + sine * sine * lower;
    diagonal[k + 1] = sine * sine * upper - mixed + cosine * cosine * lower;
    kept = cosine * sine * (lower - upper) + (cosine * cosine - sine * sine) * between;
    beside[k] = kept;
    if (k + 1 < end) {
      bulge = sine * beside[k + 1]!;
      beside[k + 1] = cosine * beside[k + 1]!;
    }
    rotations.add(cosine, sine);
  }
}

/** Sweeps of rotations of the columns k and k + 1, k from `start` to `end`, until there are enough to go through all rows once. */
class Rotations {
  count = 0;
  private readonly cosines: Float64Array;
  private readonly sines: Float64Array;
  private sweeps: { readonly start: number; readonly end: number; readonly first: number }[] = [];

  constructor(private readonly n: number) {
    this.cosines = new Float64Array(pending + n);
    this.sines = new Float64Array(pending + n);
  }

  begin(start: number, end: number): void {
    this.sweeps.push({ start, end, first: this.count });
  }

  add(cosine: number, sine: number): void {
    this.cosines[this.count] = cosine;
    this.sines[this.count++] = sine;
  }

  /** Four rows at a time: each rotation waits for the one before it, in one row. */
  async apply(vectors: Float64Array, pause: Pause, share: number): Promise<void> {
    const { n, sweeps } = this;
    for (let row = 0; row < n; row += 4) {
      for (const sweep of sweeps) {
        if (row + 4 <= n) this.turnFour(vectors, row * n, sweep);
        else for (let single = row; single < n; single++) this.turnOne(vectors, single * n, sweep);
      }
      if (row % 512 === 0) await pause(share);
    }
    this.count = 0;
    this.sweeps = [];
  }

  private turnOne(vectors: Float64Array, at: number, { start, end, first }: (typeof this.sweeps)[number]): void {
    let held = vectors[at + start]!;
    for (let k = start; k < end; k++) {
      const [cosine, sine, next] = [this.cosines[first + k - start]!, this.sines[first + k - start]!, vectors[at + k + 1]!];
      vectors[at + k] = cosine * held + sine * next;
      held = cosine * next - sine * held;
    }
    vectors[at + end] = held;
  }

  private turnFour(vectors: Float64Array, at: number, { start, end, first }: (typeof this.sweeps)[number]): void {
    const { n, cosines, sines } = this;
    const [one, two, three] = [at + n, at + 2 * n, at + 3 * n];
    let a = vectors[at + start]!;
    let b = vectors[one + start]!;
    let c = vectors[two + start]!;
    let d = vectors[three + start]!;
    for (let k = start; k < end; k++) {
      const cosine = cosines[first + k - start]!;
      const sine = sines[first + k - start]!;
      const nextA = vectors[at + k + 1]!;
      const nextB = vectors[one + k + 1]!;
      const nextC = vectors[two + k + 1]!;
      const nextD = vectors[three + k + 1]!;
      vectors[at + k] = cosine * a + sine * nextA;
      vectors[one + k] = cosine * b + sine * nextB;
      vectors[two + k] = cosine * c + sine * nextC;
      vectors[three + k] = cosine * d + sine * nextD;
      a = cosine * nextA - sine * a;
      b = cosine * nextB - sine * b;
      c = cosine * nextC - sine * c;
      d = cosine * nextD - sine * d;
    }
    vectors[at + end] = a;
    vectors[one + end] = b;
    vectors[two + end] = c;
    vectors[three + end] = d;
  }
}
