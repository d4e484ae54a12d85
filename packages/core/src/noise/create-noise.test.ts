import type { Tensor } from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors, valuesOf } from '../../tests/tensors';
import type { Noise } from '../contract/noise';
import { createNoise } from './create-noise';

const settings = { seed: 17, numRuns: 60 };
const one = Int32Array.from([0]);
const part = fc.oneof(fc.string({ maxLength: 6 }), fc.integer({ min: -5, max: 5 }));
const seeds = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
const draws: readonly ((noise: Noise) => Tensor)[] = [(n) => n.uniform([3]), (n) => n.normal([3]), (n) => n.signs([3])];
const start = (noise: Noise): string => valuesOf(() => noise.uniform([4])).join();
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('createNoise', () => {
  leavesNoTensors();

  it('makes row i of the seed, the path and ids[i] alone: any rows in any order are the same rows', () => {
    const ids = fc.uniqueArray(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 6 });
    const law = fc.property(seeds, fc.array(part, { maxLength: 3 }), ids, fc.infiniteStream(fc.nat()), (seed, path, all, picks) => {
      const whole = createNoise(seed, Int32Array.from(all));
      const kept = Int32Array.from([...picks.take(4)], (pick) => pick % all.length);
      const chosen = Int32Array.from(kept, (position) => all[position]!);
      for (const draw of draws) {
        const rows = valuesOf(() => draw(whole.stream(...path)));
        const expected = [...kept].flatMap((position) => rows.slice(position * 3, position * 3 + 3));
        expect(valuesOf(() => draw(createNoise(seed, chosen).stream(...path)))).toEqual(expected);
        expect(valuesOf(() => draw(whole.stream(...path).rows(kept)))).toEqual(expected);
        expect(valuesOf(() => draw(whole.rows(kept).stream(...path)))).toEqual(expected);
      }
    });
    fc.assert(law, settings);
  });

  it('gives different streams to different seeds and paths, however alike they look', () => {
    const long = 'x'.repeat(1000);
    const paths = [[], ['a', 'b'], ['ab'], ['a', 'b', ''], ['ab', ''], [''], [1], ['1'], [-1], ['-1'], [0], [2 ** 32], [2 ** 32 + 1]];
    const more = [['a\0'], ['a'], [long], [`${long}x`], [long.slice(1), 'x'], [1, 2], [2, 1], [12], [-(2 ** 32)], [-(2 ** 32) - 1]];
    const starts = [...paths, ...more].map((path) => start(createNoise(1, one).stream(...path)));
    const seeded = [0, 2, -1, 2 ** 32 + 1, 2 ** 33 + 1, 1 - 2 ** 32, Number.MAX_SAFE_INTEGER].map((seed) => start(createNoise(seed, one)));
    const all = [...starts, ...seeded];
    expect(new Set(all).size).toBe(all.length);
    expect(start(createNoise(1, one).stream('a').stream('b'))).toBe(start(createNoise(1, one).stream('a', 'b')));
  });

  it('draws uniform numbers: inside the bounds, with the mean, the variance and the distribution function of the law', () => {
    const n = 40_000;
    const values = valuesOf(() => createNoise(3, one).uniform([n], [-1, 3]));
    expect(values.every((value) => value >= -1 && value < 3)).toBe(true);
    expect(Math.abs(mean(values) - 1)).toBeLessThan((4 * 4) / Math.sqrt(12 * n));
    expect(Math.abs(mean(values.map((value) => (value - 1) ** 2)) - 16 / 12)).toBeLessThan(0.03);
    const sorted = values.sort((a, b) => a - b);
    const gap = Math.max(...sorted.map((value, i) => Math.abs((value + 1) / 4 - (i + 0.5) / n)));
    // Kolmogorov and Smirnov: above 1.63 / sqrt(n) once in a hundred seeds.
    expect(gap).toBeLessThan(1.63 / Math.sqrt(n));
  });

  it('draws normal numbers, with the moments 0, 1, 0, 3', () => {
    const n = 60_000;
    const values = valuesOf(() => createNoise(4, one).normal([n]));
    const moments = [1, 2, 3, 4].map((power) => mean(values.map((value) => value ** power)));
    // The variance of x^k is E x^2k - (E x^k)^2: 1, 2, 15, 96.
    const spread = [1, 2, 15, 96].map((variance) => 4 * Math.sqrt(variance / n));
    for (const [i, expected] of [0, 1, 0, 3].entries()) expect(Math.abs(moments[i]! - expected)).toBeLessThan(spread[i]!);
    expect(values.every(Number.isFinite)).toBe(true);
  });

  it('draws signs, one half of them each', () => {
    const values = valuesOf(() => createNoise(5, one).signs([40_000]));
    expect(new Set(values)).toEqual(new Set([-1, 1]));
    expect(Math.abs(mean(values))).toBeLessThan(4 / Math.sqrt(40_000));
  });

  it('keeps the three distributions of one stream, and neighbouring draws and examples, uncorrelated', () => {
    const n = 20_000;
    const noise = createNoise(6, Int32Array.from([0, 1]));
    const both = valuesOf(() => noise.uniform([n], [-1, 1]));
    const [uniform, neighbour] = [both.slice(0, n), both.slice(n)];
    const normal = valuesOf(() => noise.normal([n])).slice(0, n);
    const signs = valuesOf(() => noise.signs([n])).slice(0, n);
    const later = [...uniform.slice(1), uniform[0]!];
    const pairs = [
      [uniform, normal],
      [uniform, signs],
      [normal, signs],
      [uniform, neighbour],
      [uniform, later],
    ] as const;
    for (const [a, b] of pairs) {
      const scale = Math.sqrt(mean(a.map((value) => value ** 2)) * mean(b.map((value) => value ** 2)));
      expect(Math.abs(mean(a.map((value, i) => value * b[i]!)) / scale)).toBeLessThan(4 / Math.sqrt(n));
    }
  });

  it('begins a longer draw with the shorter one, also where the size is odd, zero or a scalar', () => {
    const noise = createNoise(8, one);
    for (const draw of [noise.uniform, noise.normal, noise.signs]) {
      const long = valuesOf(() => draw([9]));
      for (const size of [0, 1, 2, 3, 5, 7]) expect(valuesOf(() => draw([size]))).toEqual(long.slice(0, size));
      expect(valuesOf(() => draw([]))).toEqual(long.slice(0, 1));
      expect(valuesOf(() => draw([3, 3]))).toEqual(long);
    }
  });

  it('says what it refuses: seeds and path parts that are not whole, ids of another type, rows it does not have', () => {
    expect(() => createNoise(0.5, one)).toThrow(/^createNoise: expected `seed` to be an integer/);
    expect(() => createNoise(2 ** 53, one)).toThrow(/`seed`/);
    expect(() => createNoise(1, [0] as never)).toThrow('createNoise: expected `ids` to be an Int32Array of example ids, got [0].');
    expect(() => createNoise(1, one).stream('a', 1.5)).toThrow('noise: expected `stream` to be an integer, got 1.5.');
    expect(() => createNoise(1, one).rows(Int32Array.from([1]))).toThrow(
      'noise.rows: expected `kept` to be positions within 0 .. 0, got 1.',
    );
  });
});
