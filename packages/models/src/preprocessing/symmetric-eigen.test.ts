import { GroundstateError } from '@groundstate/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Eigen, symmetricEigen } from './symmetric-eigen';

const watch = { owner: 'test' };

/** The orthonormal vectors of the cosine transform, by columns: none of them is zero anywhere but by chance. */
const cosines = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    return Math.sqrt((column === 0 ? 1 : 2) / n) * Math.cos((Math.PI * (row + 0.5) * column) / n);
  });

/** vectors diag(values) vectors^T. */
function matrixOf(values: ArrayLike<number>, vectors: Float64Array): Float64Array {
  const n = values.length;
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [row, column] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += vectors[row * n + k]! * values[k]! * vectors[column * n + k]!;
    return sum;
  });
}

const sorted = (values: ArrayLike<number>): number[] => Array.from(values).sort((a, b) => a - b);
const furthest = (actual: ArrayLike<number>, wanted: ArrayLike<number>): number =>
  Array.from(wanted).reduce((most, value, index) => Math.max(most, Math.abs(value - actual[index]!)), 0);

/** How far the vectors are from orthonormal, and their matrix from the one that they came from. */
const faults = ({ values, vectors }: Eigen, matrix: Float64Array): readonly [number, number] => {
  const n = values.length;
  const identity = Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
  const transposed = vectors.map((_, at) => vectors[(at % n) * n + Math.floor(at / n)]!);
  return [furthest(matrixOf(new Float64Array(n).fill(1), transposed), identity), furthest(matrixOf(values, vectors), matrix)];
};

describe('symmetricEigen', () => {
  it('finds eigenvalues that are known, and orthonormal vectors that give the matrix back, at every size', async () => {
    for (const n of [1, 2, 3, 4, 5, 6, 7, 31, 32, 33, 70]) {
      const wanted = Float64Array.from({ length: n }, (_, k) => 3 - 0.9 ** k * 10 + (k % 3));
      const matrix = matrixOf(wanted, cosines(n));
      const eigen = await symmetricEigen(matrix.slice(), n, watch);
      expect(furthest(sorted(eigen.values), sorted(wanted))).toBeLessThan(1e-12);
      for (const fault of faults(eigen, matrix)) expect(fault).toBeLessThan(1e-12);
    }
  });

  it('finds those of the second difference, 2 - 2 cos(k pi / (n + 1)), which is tridiagonal as it stands', async () => {
    const n = 100;
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const distance = Math.abs(Math.floor(at / n) - (at % n));
      return distance === 0 ? 2 : distance === 1 ? -1 : 0;
    });
    const { values } = await symmetricEigen(matrix, n, watch);
    const wanted = Array.from({ length: n }, (_, k) => 2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)));
    expect(furthest(sorted(values), wanted)).toBeLessThan(1e-13);
  });

  it('takes zeros, diagonals, equal eigenvalues and matrices of one direction', async () => {
    const n = 9;
    const cases: number[][] = [[], [5], [1, 1, 1, 2, 2, 2, 3, 3, 3], [1e-300], [1e200, -1e200]];
    for (const known of cases) {
      const wanted = Float64Array.from({ length: n }, (_, k) => known[k] ?? 0);
      const scale = Math.max(1, ...wanted.map(Math.abs));
      for (const vectors of [cosines(n), Float64Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0))]) {
        const matrix = matrixOf(wanted, vectors);
        const eigen = await symmetricEigen(matrix.slice(), n, watch);
        expect(furthest(sorted(eigen.values), sorted(wanted)) / scale).toBeLessThan(1e-14);
        expect(faults(eigen, matrix)[0]).toBeLessThan(1e-13);
      }
    }
  });

  it('keeps the small eigenvalues beside large ones, to the precision of the largest', async () => {
    const n = 40;
    const wanted = Float64Array.from({ length: n }, (_, k) => 50 * 10 ** (-k / 4));
    const { values } = await symmetricEigen(matrixOf(wanted, cosines(n)), n, watch);
    expect(furthest(sorted(values), sorted(wanted))).toBeLessThan(1e-13);
  });

  it('gives back any matrix, of which it reads the lower triangle alone', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 12 }),
        fc.infiniteStream(fc.double({ min: -4, max: 4, noNaN: true })),
        async (n, numbers) => {
          const matrix = new Float64Array(n * n);
          for (let row = 0; row < n; row++) {
            for (let column = 0; column <= row; column++) {
              matrix[row * n + column] = matrix[column * n + row] = numbers.next().value as number;
            }
          }
          const lower = matrix.map((value, at) => (at % n > Math.floor(at / n) ? Number.NaN : value));
          const eigen = await symmetricEigen(lower, n, watch);
          for (const fault of faults(eigen, matrix)) expect(fault).toBeLessThan(1e-12);
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });

  it('stops where it is told to, and says how far it is', async () => {
    const n = 64;
    const matrix = matrixOf(
      new Float64Array(n).fill(1).map((_, k) => k),
      cosines(n),
    );
    const shares: number[] = [];
    await symmetricEigen(matrix.slice(), n, { owner: 'test', onProgress: (share) => shares.push(share) });
    expect(shares).toEqual(sorted(shares));
    expect(shares.at(-1)).toBe(1);
    const abort = new AbortController();
    const stopped = symmetricEigen(matrix, n, {
      owner: 'test',
      signal: abort.signal,
      onProgress: (share) => {
        if (share > 0.5) abort.abort();
      },
    });
    await expect(stopped).rejects.toThrow('test: stopped by the signal it was given.');
    await expect(stopped).rejects.toBeInstanceOf(GroundstateError);
  });
});
