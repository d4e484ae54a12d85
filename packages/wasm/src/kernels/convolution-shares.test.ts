import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { example } from '../../tests/compare';
import { createSharers, expectSameBits } from '../../tests/shares';
import { enableTrainingKernels } from '../enable-training-kernels';
import type { Build } from '../module/compile';
import type { Team } from '../module/team';
import { fusedConv2d } from './conv2d';
import { conv2dBackpropFilter } from './conv2d-backprop-filter';
import { conv2dBackpropInput } from './conv2d-backprop-input';
import { fusedMatMul } from './fused-mat-mul';

const builds: readonly Build[] = ['relaxed', 'plain'];
const teams = new Map<Build, Team[]>();

beforeAll(async () => {
  await enableTrainingKernels();
  for (const build of builds) teams.set(build, await Promise.all([1, 2, 3, 7].map((threads) => createSharers(threads, build))));
});

afterAll(() => {
  for (const team of [...teams.values()].flat()) team.end();
});

const tensor = (shape: readonly number[], seed: number): tf.Tensor => tf.tensor(example(shape, seed).values, [...shape]);

type Shape = [number, number, number, number];
const shapes: readonly (readonly [string, input: Shape, filter: Shape, strides: [number, number]])[] = [
  ['few channels', [5, 9, 10, 3], [3, 3, 3, 10], [1, 1]],
  ['a stride', [5, 9, 10, 9], [3, 3, 9, 10], [2, 1]],
  ['fewer multiplications, 6 or 8 points', [5, 7, 9, 9], [3, 3, 9, 17], [1, 1]],
  ['fewer multiplications, 8 points', [2, 12, 12, 17], [5, 5, 17, 18], [1, 1]],
  ['fewer multiplications in bands, fewer images than threads', [1, 30, 40, 40], [2, 3, 40, 16], [1, 1]],
];

describe.each(builds)('the %s build has the same bits, however the work is shared out', (build) => {
  it.each(shapes)('in convolutions with %s, and their gradients', (_, input, filter, strides) => {
    tf.tidy(() => {
      const { outShape } = tf.backend_util.computeConv2DInfo(input, filter, strides, 1, 'same');
      const [x, w, dy] = [tensor(input, 1), tensor(filter, 2), tensor(outShape, 3)];
      const attributes = { strides, pad: 'same', dataFormat: 'NHWC' };
      const convolve = { ...attributes, dilations: [1, 1], activation: 'relu' };
      expectSameBits(teams.get(build)!, fusedConv2d, { x, filter: w, bias: tensor(filter.slice(3), 4) }, convolve);
      expectSameBits(teams.get(build)!, conv2dBackpropInput, { dy, filter: w }, { ...attributes, inputShape: input });
      expectSameBits(teams.get(build)!, conv2dBackpropFilter, { x, dy }, { ...attributes, filterShape: filter });
    });
  });

  it('in matrix products', () => {
    tf.tidy(() => {
      for (const [rows, inner, columns] of [
        [70, 801, 30],
        [30, 50, 70],
        [1, 9, 100],
      ] as const) {
        for (const transposeA of [false, true]) {
          const a = tensor(transposeA ? [inner, rows] : [rows, inner], 1);
          expectSameBits(teams.get(build)!, fusedMatMul, { a, b: tensor([inner, columns], 2) }, { transposeA, transposeB: false });
        }
      }
    });
  });
});
