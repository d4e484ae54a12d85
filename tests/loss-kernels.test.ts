import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { crossEntropyOf, twiceDifferentiable } from '@groundstate/core';
import { enableTrainingKernels } from '@groundstate/wasm';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';

/** `@groundstate/core` finds the kernels of `@groundstate/wasm` at run time: only here are both at hand. */

afterAll(async () => {
  await tf.setBackend('cpu');
});

interface Run {
  readonly values: readonly (readonly number[])[];
  /** The names of those that ran, each once. */
  readonly kernels: readonly string[];
}

/** What the ops of core give on the cpu backend, and what they give with the kernels. */
async function onBothRoads(compute: () => readonly tf.Tensor[]): Promise<readonly [ops: Run, kernels: Run]> {
  const run = async (): Promise<Run> => {
    const before = tf.memory().numTensors;
    let values: number[][] = [];
    const { kernelNames, result } = await tf.profile(() => {
      tf.tidy(() => {
        values = compute().map((tensor) => [...tensor.dataSync()]);
      });
      return tf.scalar(0); // profile wants a tensor
    });
    tf.dispose(result);
    expect(tf.memory().numTensors).toBe(before);
    return { values, kernels: kernelNames };
  };
  await tf.setBackend('cpu');
  const ops = await run();
  await enableTrainingKernels();
  return [ops, await run()];
}

function expectNear({ values: expected }: Run, { values }: Run, tolerance: number): void {
  expect(values.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  for (const [i, row] of expected.entries()) {
    for (const [j, reference] of row.entries()) {
      const value = values[i]![j]!;
      const near = Object.is(value, reference) || Math.abs(value - reference) <= tolerance * Math.max(1e-30, Math.abs(reference));
      if (!near) expect.fail(`result ${i}, element ${j}: ${value} beside ${reference}`);
    }
  }
}

const rowsOf = (rows: readonly (readonly number[])[]): Tensor2D => tf.tensor2d(rows as number[][]);

describe('the kernels for losses and activations of core', () => {
  it('crossEntropyOf gives the same values and gradients with them', async () => {
    const classes = 10;
    const rows = Array.from({ length: 40 }, (_, i) => Array.from({ length: classes }, (_, k) => (i / 2) * Math.sin(i * 7 + k * k)));
    const [ops, kernels] = await onBothRoads(() => {
      const labels = tf.tensor1d(
        rows.map((_, i) => (i * 3) % classes),
        'int32',
      );
      const loss = (z: tf.Tensor): Tensor1D => crossEntropyOf(z as Tensor2D, labels);
      return [loss(rowsOf(rows)), tf.grad(loss)(rowsOf(rows), tf.tensor1d(rows.map((_, i) => Math.cos(i))))];
    });
    expectNear(ops, kernels, 5e-6);
    expect(kernels.kernels).toContain('CrossEntropyWithLabels');
    expect(kernels.kernels).toContain('CrossEntropyWithLabelsGrad');
    expect(kernels.kernels).not.toContain('OneHot');
  });

  it('crossEntropyOf fails the same rows with them, and treats labels that are no class alike', async () => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const rows = [
      [0, 1, 2],
      [nan, 1, 2],
      [0, nan, 2],
      [0, inf, 2],
      [inf, 1, 2],
      [0, -inf, 2],
      [-inf, 1, 2],
      [3e38, -3e38, 0],
      [-3e38, 3e38, 0],
      [1e20, -1e20, 0],
      [0, 1, 2],
      [0, 1, 2],
    ];
    const [ops, kernels] = await onBothRoads(() => {
      const labels = tf.tensor1d([...rows.slice(0, -2).map(() => 0), -1, 3], 'int32');
      const loss = (z: tf.Tensor): Tensor1D => crossEntropyOf(z as Tensor2D, labels);
      return [loss(rowsOf(rows)), tf.grad(loss)(rowsOf(rows))];
    });
    expectNear(ops, kernels, 5e-6);
  });

  it('crossEntropyOf of no example is empty with them', async () => {
    const [ops, kernels] = await onBothRoads(() => {
      const labels = tf.tensor1d([], 'int32');
      const loss = (z: tf.Tensor): Tensor1D => crossEntropyOf(z as Tensor2D, labels);
      return [loss(tf.zeros([0, 4])), tf.grad(loss)(tf.zeros([0, 4]))];
    });
    expect([ops.values, kernels.values]).toEqual([
      [[], []],
      [[], []],
    ]);
  });

  it('silu and gelu and their first two derivatives are the same with them', async () => {
    for (const name of ['silu', 'gelu'] as const) {
      const op = twiceDifferentiable[name];
      const points = Array.from({ length: 61 }, (_, i) => (i - 30) / 8);
      const [ops, kernels] = await onBothRoads(() => {
        const slope = (x: tf.Tensor): tf.Tensor => tf.grad((at: tf.Tensor) => tf.sum(op(at)))(x);
        const x = tf.tensor1d(points);
        // Away from 0, for the compositions lose digits where they take the difference of numbers near 1.
        return [op(x), slope(x), tf.grad((at: tf.Tensor) => tf.sum(slope(at)))(x)].map((tensor) => tf.add(tensor, 2));
      });
      expectNear(ops, kernels, 1e-6);
      const kernel = name === 'silu' ? 'Silu' : 'Gelu';
      expect(kernels.kernels.filter((ran) => ran.startsWith(kernel))).toEqual([kernel, `${kernel}Grad`]);
    }
  });
});
