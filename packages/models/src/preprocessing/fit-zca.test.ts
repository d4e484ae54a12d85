import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { createNoise, type Examples, examplesFromArrays } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { covarianceOf } from './covariance';
import { fitZca } from './fit-zca';

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

const examplesOf = (inputs: ArrayLike<number>, shape: readonly number[]): Examples => {
  const count = inputs.length / shape.reduce((product, size) => product * size, 1);
  return examplesFromArrays({ inputs: Float32Array.from(inputs), labels: new Int32Array(count), shape });
};
/** Values [n, d] that lean on one another as neighbouring pixels do: a running mean of noise, around `offset`. */
const smoothed = (n: number, d: number, offset = 0.5, size = 0.2): Float32Array => {
  const noise = tf.tidy(() =>
    createNoise(
      3,
      Int32Array.from({ length: n }, (_, id) => id),
    )
      .normal([d])
      .dataSync()
      .slice(),
  );
  const values = new Float32Array(n * d);
  for (let row = 0; row < n; row++) {
    let held = 0;
    for (let column = 0; column < d; column++) {
      held = 0.9 * held + 0.1 * noise[row * d + column]!;
      values[row * d + column] = offset + size * held;
    }
  }
  return values;
};
/** In double precision, as the definition has it. */
function moments(values: Float32Array, d: number) {
  const n = values.length / d;
  const mean = Array.from({ length: d }, (_, column) => values.reduce((sum, value, at) => sum + (at % d === column ? value : 0), 0) / n);
  const covariance = new Float64Array(d * d);
  for (let row = 0; row < n; row++) {
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        covariance[i * d + j]! += ((values[row * d + i]! - mean[i]!) * (values[row * d + j]! - mean[j]!)) / n;
      }
    }
  }
  return { mean, covariance };
}
const product = (a: ArrayLike<number>, b: ArrayLike<number>, d: number): Float64Array =>
  Float64Array.from({ length: d * d }, (_, at) => {
    const [row, column] = [Math.floor(at / d), at % d];
    let sum = 0;
    for (let k = 0; k < d; k++) sum += a[row * d + k]! * b[k * d + column]!;
    return sum;
  });
const diagonal = (d: number, value: number) => Float64Array.from({ length: d * d }, (_, at) => (at % (d + 1) === 0 ? value : 0));
const furthest = (actual: ArrayLike<number>, wanted: ArrayLike<number>): number =>
  Array.from(wanted).reduce((most, value, index) => Math.max(most, Math.abs(value - actual[index]!)), 0);

/** Four points around (1, -2), variance 8 along (1, 1) and 2 along (1, -1). */
const cross = () => {
  const [far, near] = [4 / Math.SQRT2, 2 / Math.SQRT2];
  return examplesOf([1 + far, -2 + far, 1 - far, -2 - far, 1 + near, -2 - near, 1 - near, -2 + near], [2]);
};

describe('the covariance', () => {
  it.each(['cpu', 'wasm'])('is that of double precision on %s, far below what float32 products give', async (backend) => {
    await tf.setBackend(backend);
    try {
      const [n, d] = [700, 24];
      const values = smoothed(n, d, 100, 3);
      const wanted = moments(values, d);
      for (const batchSize of [1, 64, 1024]) {
        const found = await covarianceOf('test', examplesOf(values, [d]), batchSize, {});
        expect(furthest(found.mean, wanted.mean)).toBeLessThan(1e-11);
        // Of numbers of the size of 1: products of float32 as they come are 2e-9 off and more.
        expect(furthest(found.covariance, wanted.covariance)).toBeLessThan(5e-10);
      }
    } finally {
      await tf.setBackend('cpu');
    }
    freed();
  });

  it('takes examples that do not vary at all', async () => {
    const { mean, covariance } = await covarianceOf('test', examplesOf([3, 4, 3, 4, 3, 4], [2]), 2, {});
    expect([[...mean], [...covariance]]).toEqual([
      [3, 4],
      [0, 0, 0, 0],
    ]);
    freed();
  });
});

describe('fitZca', () => {
  it('finds the map worked out by hand', async () => {
    const zca = await fitZca(cross(), { epsilon: 0 });
    // U diag(1 / sqrt(8), 1 / sqrt(2)) U^T with the directions at 45 degrees: half the sum on the diagonal, half the difference beside it.
    const [far, near] = [1 / Math.sqrt(8), 1 / Math.SQRT2];
    expect(furthest(zca.whitening, [(far + near) / 2, (far - near) / 2, (far - near) / 2, (far + near) / 2])).toBeLessThan(1e-6);
    expect(
      furthest(zca.colouring, [(1 / far + 1 / near) / 2, (1 / far - 1 / near) / 2, (1 / far - 1 / near) / 2, (1 / far + 1 / near) / 2]),
    ).toBeLessThan(1e-6);
    expect(furthest(zca.mean, [1, -2])).toBeLessThan(1e-6);
    expect([zca.shape, zca.form, zca.epsilon, zca.count]).toEqual([[2], 'regularised', 0, 4]);
    freed();
  });

  it('puts its constant under the root, the authors theirs beside it', async () => {
    const gains = async (options: Parameters<typeof fitZca>[1]): Promise<number[]> => {
      const { whitening } = await fitZca(cross(), options);
      // Along (1, 1) and along (1, -1).
      return [whitening[0]! + whitening[1]!, whitening[0]! - whitening[1]!];
    };
    expect(furthest(await gains({ epsilon: 1 }), [1 / Math.sqrt(9), 1 / Math.sqrt(3)])).toBeLessThan(1e-6);
    expect(furthest(await gains({ form: 'authors', epsilon: 1 }), [1 / Math.sqrt(8) + 1, 1 / Math.sqrt(2) + 1])).toBeLessThan(1e-6);
    expect((await fitZca(cross(), { form: 'authors' })).epsilon).toBe(1e-6);
    expect((await fitZca(cross())).epsilon).toBe(1e-5);
    freed();
  });

  it('makes the covariance the identity, and its colouring undoes it', async () => {
    const [n, d] = [500, 18];
    const values = smoothed(n, d);
    const { whitening, colouring, shape } = await fitZca(examplesOf(values, [3, 3, 2]), { form: 'authors', epsilon: 0, batchSize: 128 });
    const { covariance } = moments(values, d);
    expect(furthest(product(product(whitening, covariance, d), whitening, d), diagonal(d, 1))).toBeLessThan(1e-4);
    expect(furthest(product(whitening, colouring, d), diagonal(d, 1))).toBeLessThan(1e-4);
    expect(shape).toEqual([3, 3, 2]);
    freed();
  });

  it('leaves a value that never varies out of the others, and bounds what it does to it', async () => {
    const values = smoothed(60, 3);
    const constant = Float32Array.from({ length: 60 * 4 }, (_, at) => (at % 4 === 3 ? 0.25 : values[Math.floor(at / 4) * 3 + (at % 4)]!));
    const { whitening, mean } = await fitZca(examplesOf(constant, [4]), { epsilon: 1e-4 });
    const without = await fitZca(examplesOf(values, [3]), { epsilon: 1e-4 });
    expect(furthest(whitening.slice(12), [0, 0, 0, 100])).toBeLessThan(1e-4);
    expect(furthest(whitening.slice(0, 3), without.whitening.slice(0, 3))).toBeLessThan(1e-4);
    expect(mean[3]).toBe(0.25);
    await expect(fitZca(examplesOf(constant, [4]), { form: 'authors' })).rejects.toThrow(
      "fitZca: expected `examples` to vary in all of their 4 directions, got none in 1: some of their values never vary. Use form 'regularised' with an epsilon above 0, or more examples.",
    );
    freed();
  });

  it('takes fewer examples than values in its own form, and refuses them in the form that would divide by zero', async () => {
    const few = examplesOf(smoothed(5, 12), [12]);
    const { whitening } = await fitZca(few, { epsilon: 0.01 });
    // No direction is amplified by more than 1 / sqrt(epsilon): the norm of a symmetric matrix is at most its largest row sum of absolutes.
    const { covariance } = moments(smoothed(5, 12), 12);
    const regularised = covariance.map((value, at) => value + (at % 13 === 0 ? 0.01 : 0));
    expect(furthest(product(product(whitening, regularised, 12), whitening, 12), diagonal(12, 1))).toBeLessThan(1e-5);
    await expect(fitZca(few, { form: 'authors' })).rejects.toThrow('got none in 8: 5 examples span at most 4 directions.');
    await expect(fitZca(few, { epsilon: 0 })).rejects.toMatchObject({ code: 'invalid-data' });
    await expect(fitZca(examplesOf([1, 2], [2]))).rejects.toThrow('fitZca: expected `examples` to be at least 2, got 1.');
    freed();
  });

  it('refuses NaN by its example, and stops where it is told to', async () => {
    await expect(fitZca(examplesOf([1, 2, Number.NaN, 4], [2]))).rejects.toThrow('got NaN in example 1.');
    await expect(fitZca(cross(), { batchSize: 2000 })).rejects.toThrow(
      'fitZca: expected `batchSize` to be an integer of at least 1 and of at most 1024',
    );
    for (const stage of ['covariance', 'eigenvectors'] as const) {
      const abort = new AbortController();
      const stages: string[] = [];
      const stopped = fitZca(examplesOf(smoothed(40, 6), [6]), {
        batchSize: 10,
        signal: abort.signal,
        onProgress: (progress) => {
          stages.push(progress.stage);
          if (progress.stage === stage) abort.abort();
        },
      });
      await expect(stopped).rejects.toMatchObject({ code: 'aborted' });
      expect(stages.filter((seen) => seen === stage)).toHaveLength(1);
    }
    freed();
  });
});
