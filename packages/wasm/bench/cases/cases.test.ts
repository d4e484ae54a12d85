import { describe, expect, it } from 'vitest';
import { CASES, ENERGY_STEP, PEAKS } from '.';
import { POOLED } from './networks';
import { layerOperations, outputSize } from './operations';

const named = (name: string) => CASES.find((one) => one.name === name)!;

describe('cases', () => {
  it('have names of their own', () => {
    const names = [...PEAKS, ...CASES].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('hold the steps whose ratio is printed', () => {
    expect(Object.values(ENERGY_STEP).filter((name) => named(name)?.work.kind !== 'training')).toEqual([]);
  });

  it('count two operations for each multiplication: 2 n^3 for a product', () => {
    expect(named('GEMM 512 TN').operations).toBe(2 * 512 ** 3);
    expect(named('GEMM 16 x 256 NN').operations).toBe(16 * 2 * 256 ** 3);
  });

  it('count every output, tap and channel of a convolution once in each pass', () => {
    const count = 2 * 32 * 16 * 16 * 9 * 64 * 128;
    const passes = ['forward', 'input gradient', 'filter gradient'].map((pass) => named(`conv 3x3 stride 2 64-128 on 32x32 ${pass}`));
    expect(passes.map(({ operations }) => operations)).toEqual([count, count, count]);
  });

  it('count 1.78 GFLOP for the network forward, and leave the first layer out of the gradients for inputs of a training step', () => {
    const each = layerOperations(POOLED, 64);
    expect(each).toEqual([2 * 64 * 784 * 25 * 32, 2 * 64 * 196 * 25 * 32 * 64, 2 * 64 * 3136 * 1024, 2 * 64 * 1024 * 10]);
    expect(named('network forward').operations! / 1e9).toBeCloseTo(1.78, 2);
    expect(named('network train step').operations).toBe(3 * named('network forward').operations! - each[0]!);
  });

  it('know the size of an output: (28 + 2 - 4) / 2 + 1 is 14', () => {
    expect(outputSize({ size: 28, filter: 4, stride: 2, padding: 1 })).toBe(14);
    expect(outputSize({ size: 32, filter: 3, stride: 2, padding: 1 })).toBe(16);
  });
});
