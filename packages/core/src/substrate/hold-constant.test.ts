import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors, valuesOf } from '../../tests/tensors';
import { holdConstant } from './hold-constant';
import './register-gradients';

describe('holdConstant', () => {
  leavesNoTensors();

  it('gives the value that was computed', () => {
    expect(valuesOf(() => holdConstant(tf.tensor1d([1, -2, 3]), (x) => tf.square(x)))).toEqual([1, 4, 9]);
  });

  it('lets no gradient through: that of x hold(x^2) is x^2, not 3 x^2', () => {
    const gradient = valuesOf(() =>
      tf.grad((x: tf.Tensor) =>
        tf.sum(
          tf.mul(
            x,
            holdConstant(x, (value) => tf.square(value)),
          ),
        ),
      )(tf.tensor1d([1, -2, 3])),
    );
    expect(gradient).toEqual([1, 4, 9]);
  });

  it('takes ops that have no gradient of their own', () => {
    const largest = (x: tf.Tensor): tf.Tensor => holdConstant(x, (z) => tf.cast(tf.argMax(z), 'float32'));
    expect(valuesOf(() => tf.grad((x: tf.Tensor) => tf.mul(tf.sum(x), largest(x)))(tf.tensor1d([1, 5, 3])))).toEqual([1, 1, 1]);
  });

  it('is as flat to second order', () => {
    const slope = (x: tf.Tensor): tf.Tensor =>
      tf.grad((z: tf.Tensor) =>
        tf.sum(
          tf.mul(
            z,
            holdConstant(z, (v) => tf.square(v)),
          ),
        ),
      )(x);
    expect(valuesOf(() => tf.grad((x: tf.Tensor) => tf.sum(tf.add(slope(x), tf.square(x))))(tf.tensor1d([1, -2])))).toEqual([2, -4]);
  });
});
