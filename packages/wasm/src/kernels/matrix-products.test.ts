import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreement, example, withGradients } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';

const side = fc.integer({ min: 1, max: 9 });
const product = fc.record({
  rows: side,
  // Beyond 48 the stock fused kernel goes wrong.
  inner: fc.oneof(side, fc.integer({ min: 90, max: 110 })),
  columns: side,
  batches: fc.constantFrom<readonly [readonly number[], readonly number[]]>(
    [[], []],
    [[1], [1]],
    [[3], [3]],
    [[3], [1]],
    [[1], [3]],
    [
      [2, 3],
      [2, 3],
    ],
  ),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  seed: fc.nat(1e6),
});
const settings = { seed: 22, numRuns: 80 };
const turn = (height: number, width: number, transposed: boolean) => (transposed ? [width, height] : [height, width]);

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('matrix products on wasm', () => {
  it('agree with the cpu backend, transposed or not, batched or not', async () => {
    await fc.assert(
      fc.asyncProperty(product, async ({ rows, inner, columns, batches, transposeA, transposeB, seed }) => {
        const a = example([...batches[0], ...turn(rows, inner, transposeA)], seed);
        const b = example([...batches[1], ...turn(inner, columns, transposeB)], seed + 1);
        expect(await disagreement(([left, right]) => tf.matMul(left!, right!, transposeA, transposeB), a, b)).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  it('agree with the cpu backend when bias and activation are fused in', async () => {
    const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;
    await fc.assert(
      fc.asyncProperty(product, fc.constantFrom(...activations), async (shapes, activation) => {
        const { rows, inner, columns, batches, transposeA, transposeB, seed } = shapes;
        const a = example([...batches[0], ...turn(rows, inner, transposeA)], seed);
        const b = example([...batches[1], ...turn(inner, columns, transposeB)], seed + 1);
        const error = await disagreement(
          ([left, right, bias, slopes]) => {
            const preluActivationWeights = activation === 'prelu' ? { preluActivationWeights: slopes! } : {};
            const options = { a: left!, b: right!, bias: bias!, transposeA, transposeB, activation, leakyreluAlpha: 0.3 };
            return tf.fused.matMul({ ...options, ...preluActivationWeights });
          },
          a,
          b,
          example([columns], seed + 2),
          example([columns], seed + 3),
        );
        expect(error).toBeLessThan(1e-5);
      }),
      settings,
    );
  });

  it('have the gradients of the cpu backend', async () => {
    const operation = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b);
    expect(await disagreement(withGradients(operation), example([70, 130], 1), example([130, 10], 2))).toBeLessThan(1e-5);
  });

  it('survive a right-hand side that was multiplied before under another shape (stock tfjs crashes)', async () => {
    const error = await disagreement(
      ([a, b, c]) => [tf.matMul(a!, b!), tf.matMul(c!, tf.reshape(b!, [6, 4])), tf.matMul(a!, b!)],
      example([3, 4], 1),
      example([4, 6], 2),
      example([3, 6], 3),
    );
    expect(error).toBeLessThan(1e-5);
  });

  it('take a bias of shape [1, columns], and refuse one that is not a number per column', async () => {
    const fuse = ([a, b, bias]: tf.Tensor[]) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation: 'relu' });
    expect(await disagreement(fuse, example([5, 3], 1), example([3, 4], 2), example([1, 4], 3))).toBeLessThan(1e-5);
    await expect(disagreement(fuse, example([5, 3], 1), example([3, 4], 2), example([1], 3))).rejects.toThrow(
      '_FusedMatMul: expected `bias` to be one number per column (4), got [1]. Add other biases with a separate tf.add.',
    );
  });

  it('refuse outer sides of which both would be repeated', async () => {
    // tfjs computes an output of [2, 2] matrices, for which neither side has enough.
    await expect(disagreement(([a, b]) => tf.matMul(a!, b!), example([2, 1, 2, 3], 1), example([1, 2, 3, 2], 2))).rejects.toThrow(
      'BatchMatMul: expected `a and b` to be of the same outer shape, or one of them a single matrix, got [[2,1,2,3],[1,2,3,2]].',
    );
  });

  it('are zero over an empty inner dimension', async () => {
    expect(await disagreement(([a, b]) => tf.matMul(a!, b!), example([2, 0], 1), example([0, 3], 1))).toBe(0);
  });
});
