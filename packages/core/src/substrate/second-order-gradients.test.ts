import { finiteDifferences, relativeError } from '@groundstate/testing';
import type { Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { numbers, secondOrderError, spread } from '../../tests/second-order';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import { freeFailedTape } from './failed-tape';
import { enableSecondOrder } from './second-order-gradients';
import './register-gradients';

const image = [2, 5, 5, 2];
const filter = (): Tensor4D => numbers('filter', [3, 3, 2, 3]) as Tensor4D;
const inputs = (): Tensor4D => numbers('inputs', image) as Tensor4D;
const squared = (x: tf.Tensor): tf.Tensor => tf.sum(tf.square(x));
/** The gradient of the filter is what the gradient of this one is taken through. */
const filterSlope = (x: Tensor4D, stride: number, pad: 'same' | 'valid'): tf.Tensor =>
  squared(tf.grad((f: tf.Tensor) => squared(tf.tanh(tf.conv2d(x, f as Tensor4D, stride, pad))))(filter()));

type Case = readonly [string, (x: tf.Tensor) => tf.Tensor, readonly number[]];
/** What throws without the gradients that are registered here. */
const cases: readonly Case[] = [
  ['a convolution, for its filter', (f) => squared(tf.tanh(tf.conv2d(inputs(), f as Tensor4D, 1, 'same'))), [3, 3, 2, 3]],
  ['a convolution with strides, for its filter', (f) => squared(tf.tanh(tf.conv2d(inputs(), f as Tensor4D, 2, 'valid'))), [3, 3, 2, 3]],
  ['average pooling', (x) => squared(tf.square(tf.avgPool(x as Tensor4D, 2, 2, 'same'))), image],
  ['average pooling with overlaps', (x) => squared(tf.square(tf.avgPool(x as Tensor4D, 3, 1, 'valid'))), image],
  ['max pooling', (x) => squared(tf.square(tf.maxPool(x as Tensor4D, 2, 2, 'same'))), image],
  ['max pooling with overlaps', (x) => squared(tf.square(tf.maxPool(x as Tensor4D, 3, 1, 'valid'))), image],
  ['max pooling of one example', (x) => squared(tf.square(tf.maxPool(x as Tensor3D, 2, 2, 'valid'))), [4, 4, 2]],
  ['elu', (x) => squared(tf.elu(tf.mul(3, x))), [8]],
  ['relu6', (x) => squared(tf.square(tf.relu6(tf.mul(9, x)))), [8]],
  ['leakyRelu', (x) => squared(tf.square(tf.leakyRelu(x, 0.2))), [8]],
  ['prelu', (x) => squared(tf.square(tf.prelu(x, tf.fill(x.shape, 0.2)))), [8]],
  ['selu', (x) => squared(tf.selu(x)), [8]],
  ['clipByValue', (x) => squared(tf.square(tf.clipByValue(x, -0.6, 0.6))), [8]],
  ['minimum and maximum', (x) => squared(tf.square(tf.maximum(tf.minimum(x, 0.5), -0.5))), [8]],
  ['max', (x) => tf.square(tf.square(tf.max(x))), [8]],
  ['logSumExp', (x) => tf.square(tf.logSumExp(x)), [8]],
];

describe('enableSecondOrder', () => {
  leavesNoTensors();

  // Before anything is registered: the order of the tests in this file matters.
  it.each(cases.filter(([name]) => !name.includes('of one example')))(
    'is needed: tfjs has no second derivative of %s',
    (_, evaluate, shape) => {
      const second = (): number[] => valuesOf(() => tf.grad((x: tf.Tensor) => squared(tf.grad(evaluate)(x)))(spread(shape)));
      expect(() => freeFailedTape(second)).toThrow(/gradient function not found for/);
    },
  );

  it.each(cases)('makes the second derivative of %s agree with finite differences of the first', async (_, evaluate, shape) => {
    enableSecondOrder();
    enableSecondOrder();
    expect(await secondOrderError(evaluate, shape, 2e-3)).toBeLessThan(1e-2);
  });

  it.each(['same', 'valid'] as const)('takes the gradient of a filter gradient for the inputs too (%s)', async (pad) => {
    enableSecondOrder();
    const slope = (x: tf.Tensor): tf.Tensor => filterSlope(x as Tensor4D, pad === 'same' ? 1 : 2, pad);
    const point = spread([1, 4, 4, 2]);
    const expected = await finiteDifferences(slope, point, 1e-2);
    expect(
      relativeError(
        valuesOf(() => tf.grad(slope)(point)),
        expected,
      ),
    ).toBeLessThan(1e-2);
    point.dispose();
  });

  it('leaves first derivatives alone', () => {
    enableSecondOrder();
    const first = valuesOf(() =>
      tf.grad((x: tf.Tensor) => tf.sum(tf.maxPool(x as Tensor4D, 2, 2, 'valid')))(tf.tensor4d([1, 4, 3, 2], [1, 2, 2, 1])),
    );
    expectClose(first, [0, 1, 0, 0]);
  });
});
