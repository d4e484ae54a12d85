import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Kernels, withKernels } from '../../tests/optional-kernels';
import { secondOrderError } from '../../tests/second-order';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import './register-gradients';
import { twiceDifferentiable } from './twice-differentiable';

// The tape of this file is never mended: that is what these ops are for.
const points = [-30, -1.2, -0.3, 0.4, 1.5, 30];
const at = (): tf.Tensor => tf.tensor1d(points);
const sigma = (x: number): number => 1 / (1 + Math.exp(-x));
const sech = (x: number): number => 1 / Math.cosh(x) ** 2;

/** f' and f'' in closed form. */
const pointwise = [
  ['tanh', tf.tanh, sech, (x: number) => -2 * Math.tanh(x) * sech(x)],
  ['sigmoid', tf.sigmoid, (x: number) => sigma(x) * sigma(-x), (x: number) => sigma(x) * sigma(-x) * (1 - 2 * sigma(x))],
  ['exp', tf.exp, Math.exp, Math.exp],
  ['elu', tf.elu, (x: number) => Math.min(1, Math.exp(x)), (x: number) => (x < 0 ? Math.exp(x) : 0)],
] as const;
/** The distribution function of the normal distribution, by Simpson's rule on its density. */
function cumulative(x: number): number {
  const [from, steps] = [Math.min(x, 0) - 12, 4000];
  const h = (x - from) / steps;
  let total = density(from) + density(x);
  for (let i = 1; i < steps; i++) total += (i % 2 === 1 ? 4 : 2) * density(from + i * h);
  return (total * h) / 3;
}
const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const siluSlope = (x: number): number => sigma(x) * (1 + x * sigma(-x));
/** f, f', f'' and f''' of what tfjs has no op for. */
const unknown = [
  [
    'silu',
    (x: number) => x * sigma(x),
    siluSlope,
    (x: number) => sigma(x) * sigma(-x) * (2 + x * (1 - 2 * sigma(x))),
    (x: number) => {
      const [s, r] = [sigma(x), sigma(-x)];
      return s * r * ((1 - 2 * s) * (2 + x * (1 - 2 * s)) + (1 - 2 * s) - 2 * x * s * r);
    },
  ],
  [
    'gelu',
    (x: number) => x * cumulative(x),
    (x: number) => cumulative(x) + x * density(x),
    (x: number) => density(x) * (2 - x * x),
    (x: number) => density(x) * (x ** 3 - 4 * x),
  ],
] as const;
const rows = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [2, 3]);
const weights = (): tf.Tensor =>
  tf.tensor2d([
    [1, -2, 3],
    [0.5, 2, -1],
  ]);

describe('twiceDifferentiable', () => {
  leavesNoTensors();

  it.each(pointwise)(
    '%s has the values of tfjs and the derivatives of the closed form, of first and second order',
    (name, stock, first, second) => {
      const op = twiceDifferentiable[name];
      expect(valuesOf(() => op(at()))).toEqual(valuesOf(() => stock(at())));
      expectClose(
        valuesOf(() => tf.grad((x: tf.Tensor) => tf.sum(op(x)))(at())),
        points.map(first),
      );
      expectClose(
        valuesOf(() => tf.grad(tf.grad((x: tf.Tensor) => tf.sum(op(x))))(at())),
        points.map(second),
      );
      // Beside another path, where tfjs is wrong without a word: (x f(x))'' = 2 f' + x f''.
      const mixed = valuesOf(() => tf.grad(tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, op(x)))))(at()));
      expectClose(
        mixed,
        points.map((x) => 2 * first(x) + x * second(x)),
        2e-5,
      );
    },
  );

  it('tanh is right to third order too', () => {
    const third = valuesOf(() => tf.grad(tf.grad(tf.grad((x: tf.Tensor) => tf.sum(twiceDifferentiable.tanh(x)))))(at()));
    expectClose(
      third,
      points.map((x) => (4 * Math.tanh(x) ** 2 - 2 * sech(x)) * sech(x)),
      1e-4,
    );
  });

  it.each(unknown)('%s has the values and the derivatives of the closed form, up to third order', (name, value, first, second, third) => {
    const total = (x: tf.Tensor): tf.Tensor => tf.sum(twiceDifferentiable[name](x));
    const slope = (x: tf.Tensor): tf.Tensor => tf.grad(total)(x);
    const bend = (x: tf.Tensor): tf.Tensor => tf.grad((at: tf.Tensor) => tf.sum(slope(at)))(x);
    for (const [computed, reference] of [
      [() => twiceDifferentiable[name](at()), value],
      [() => slope(at()), first],
      [() => bend(at()), second],
      [() => tf.grad((x: tf.Tensor) => tf.sum(bend(x)))(at()), third],
    ] as const) {
      expectClose(valuesOf(computed), points.map(reference));
    }
  });

  it.each([
    ['silu', 'Silu'],
    ['gelu', 'Gelu'],
  ] as const)('%s runs the kernels of a backend that has them, and ops where its gradient is differentiated', (name, kernel) => {
    const op = twiceDifferentiable[name];
    const bend = (): number[] => valuesOf(() => tf.grad(tf.grad((x: tf.Tensor) => tf.sum(op(x))))(at()));
    const withOps = bend();
    const kernels: Kernels = {
      [kernel]: ({ x }) => tf.mul(x!, 100),
      [`${kernel}Grad`]: ({ dy, x }) => tf.add(tf.mul(dy!, 100), x!),
    };
    withKernels(kernels, (ran) => {
      expectClose(
        valuesOf(() => op(at())),
        points.map((x) => 100 * x),
      );
      expectClose(
        valuesOf(() => tf.grad(op)(at(), tf.fill([points.length], 2))),
        points.map((x) => 200 + x),
      );
      expect(ran).toEqual([kernel, kernel, `${kernel}Grad`]);
      expect(bend()).toEqual(withOps);
    });
  });

  it.each([
    ['softmax', tf.softmax],
    ['logSoftmax', tf.logSoftmax],
  ] as const)('%s has the values and the gradient of tfjs, and a right second derivative', async (name, stock) => {
    const op = twiceDifferentiable[name];
    const evaluate = (softmax: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.sum(tf.mul(tf.square(softmax(rows(x))), weights()));
    const point = (): tf.Tensor => tf.tensor1d([0.3, -1, 2, 0.5, 0.1, -0.4]);
    expect(valuesOf(() => op(rows(point())))).toEqual(valuesOf(() => stock(rows(point()))));
    expectClose(
      valuesOf(() => tf.grad(evaluate(op))(point())),
      valuesOf(() => tf.grad(evaluate(stock))(point())),
    );
    expect(await secondOrderError(evaluate(op), [6])).toBeLessThan(3e-3);
    expect(await secondOrderError((x) => tf.add(evaluate(op)(x), tf.sum(tf.pow(x, 3))), [6])).toBeLessThan(3e-3);
  });

  it('softmax of two classes has the second derivative of a sigmoid', () => {
    const second = valuesOf(() => {
      const lead = (x: tf.Tensor): tf.Tensor => tf.slice(twiceDifferentiable.softmax(tf.stack([x, tf.zerosLike(x)], 1)), [0, 0], [-1, 1]);
      return tf.grad(tf.grad((x: tf.Tensor) => tf.sum(lead(x))))(at());
    });
    expectClose(
      second,
      points.map((x) => sigma(x) * sigma(-x) * (1 - 2 * sigma(x))),
    );
  });
});
