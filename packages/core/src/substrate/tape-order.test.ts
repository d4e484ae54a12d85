import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { secondOrderError } from '../../tests/second-order';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import { mendTapeOrder } from './tape-order';
import './register-gradients';

const points = [-1.2, -0.3, 0.4, 1.5];
const second = (evaluate: (x: tf.Tensor) => tf.Tensor): number[] =>
  valuesOf(() => tf.grad(tf.grad((x: tf.Tensor) => tf.sum(evaluate(x))))(tf.tensor1d(points)));

/** Beside a path that tfjs follows, so that the wrong number comes without an error: x f(x), whose second derivative is 2 f' + x f''. */
const mixed = (op: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.mul(x, op(x));
const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
const closedForms: readonly (readonly [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number])[] = [
  ['tanh', tf.tanh, (x) => (2 - 2 * x * Math.tanh(x)) / Math.cosh(x) ** 2],
  ['sigmoid', tf.sigmoid, (x) => sigma(x) * (1 - sigma(x)) * (2 + x * (1 - 2 * sigma(x)))],
  ['exp', tf.exp, (x) => (2 + x) * Math.exp(x)],
];
const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [2, 3]);
const weights = (): tf.Tensor =>
  tf.tensor2d([
    [1, -2, 3],
    [0.5, 2, -1],
  ]);
/** Against finite differences of the first gradient. */
const smooth: readonly (readonly [string, (x: tf.Tensor) => tf.Tensor])[] = [
  ['softmax', (x) => tf.sum(tf.mul(tf.square(tf.softmax(rows(x))), weights()))],
  ['logSoftmax', (x) => tf.sum(tf.mul(tf.square(tf.logSoftmax(rows(x))), weights()))],
  ['a network of tanh', (x) => tf.sum(tf.square(tf.tanh(tf.matMul(tf.tanh(tf.matMul(rows(x) as tf.Tensor2D, matrix())), matrix()))))],
];
const matrix = (): tf.Tensor2D =>
  tf.tensor2d([
    [1, -0.5, 0.3],
    [0.2, 0.8, -1],
    [-0.7, 0.4, 0.6],
  ]);

describe('mendTapeOrder', () => {
  leavesNoTensors();

  // These run before the tape is mended: the order of the tests in this file matters.
  it.each(closedForms)('is needed: the second derivative of x %s(x) is wrong without it, and nothing says so', (_, op, expected) => {
    const values = second(mixed(op));
    expect(Math.max(...values.map((value, i) => Math.abs(value - expected(points[i]!))))).toBeGreaterThan(0.05);
  });

  it.each(smooth)('is needed: the second derivative through %s is wrong without it', async (_, evaluate) => {
    expect(await secondOrderError((x) => tf.add(evaluate(x), tf.sum(tf.pow(x, 3))), [6])).toBeGreaterThan(0.02);
  });

  it.each(closedForms)('makes the second derivative of x %s(x) that of the closed form', (_, op, expected) => {
    mendTapeOrder();
    mendTapeOrder();
    expectClose(second(mixed(op)), points.map(expected), 2e-5);
  });

  it.each(smooth)('makes the second derivative through %s agree with finite differences', async (_, evaluate) => {
    mendTapeOrder();
    expect(await secondOrderError(evaluate, [6])).toBeLessThan(3e-3);
  });

  it('makes third derivatives right as well: that of tanh is (4 tanh^2 - 2 sech^2) sech^2', () => {
    mendTapeOrder();
    const third = valuesOf(() => tf.grad(tf.grad(tf.grad((x: tf.Tensor) => tf.sum(tf.tanh(x)))))(tf.tensor1d(points)));
    const sech = (x: number): number => 1 / Math.cosh(x) ** 2;
    expectClose(
      third,
      points.map((x) => (4 * Math.tanh(x) ** 2 - 2 * sech(x)) * sech(x)),
      1e-4,
    );
  });

  it('leaves first derivatives alone', () => {
    mendTapeOrder();
    expectClose(
      valuesOf(() => tf.grad((x: tf.Tensor) => tf.sum(tf.tanh(x)))(tf.tensor1d(points))),
      points.map((x) => 1 / Math.cosh(x) ** 2),
    );
  });
});
