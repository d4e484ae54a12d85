import { describe, expect, it } from 'vitest';
import { distance, figuresOf, numbers } from './numbers';

describe('numbers', () => {
  it('are the published hash of their position: the finaliser of MurmurHash3 takes 1 to 514e28b7 and 0 to 0', () => {
    expect([...numbers(2, 0, 0, 2 ** 32)]).toEqual([0, Math.fround(0x514e28b7)]);
  });

  it('lie between their ends, with the mean and the variance of a uniform distribution', () => {
    const values = [...numbers(100_000, 7, -3, 1)];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(-1, 1);
    expect(variance).toBeCloseTo(16 / 12, 1);
  });

  it('of two seeds have nothing to do with each other', () => {
    const [left, right] = [numbers(10_000, 1), numbers(10_000, 2)];
    const product = left.reduce((sum, value, index) => sum + value * right[index]!, 0) / left.length;
    // The standard error of the mean of products of two uniform numbers is 1 / (3 * 100).
    expect(Math.abs(product)).toBeLessThan(5 / 300);
  });
});

describe('figures', () => {
  it('hold the euclidean norm', () => {
    expect(figuresOf([3, 0, -4])).toMatchObject({ size: 3, norm: 5 });
  });

  it('see a transposed answer, whose norm is the same', () => {
    const [values, turned] = [numbers(64, 3), new Float32Array(64)];
    values.forEach((value, index) => {
      turned[(index % 8) * 8 + Math.floor(index / 8)] = value;
    });
    expect(figuresOf(turned).norm).toBeCloseTo(figuresOf(values).norm, 5);
    expect(distance(figuresOf(values), figuresOf(turned))).toBeGreaterThan(0.01);
  });

  it('of answers of different sizes are infinitely far apart, and those of the same answer are not apart', () => {
    expect(distance(figuresOf([1, 2]), figuresOf([1, 2, 0]))).toBe(Number.POSITIVE_INFINITY);
    expect(distance(figuresOf([0, 0]), figuresOf([0, 0]))).toBe(0);
    expect(distance(figuresOf([1, 2]), figuresOf([1, 2]))).toBe(0);
  });
});
