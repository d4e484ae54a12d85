import { leakedTensors } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../../tests/tensors';
import { freeFailedTape } from './failed-tape';
import './register-gradients';

/** A gradient that fails after tanh has saved its output. */
function failing(point: tf.Tensor): void {
  tf.tidy(() =>
    tf.grad((x: tf.Tensor) => {
      tf.tanh(x);
      throw new Error('broken');
    })(point),
  );
}

describe('freeFailedTape', () => {
  it('is needed: tfjs leaves what a tape has saved where the gradient throws', async () => {
    const point = tf.tensor1d([1]);
    const leaked = await leakedTensors(() => {
      expect(() => failing(point)).toThrow('broken');
    });
    expect(leaked).toBeGreaterThan(0);
    point.dispose();
  });

  it('frees it, and hands on the error', async () => {
    const point = tf.tensor1d([1]);
    const leaked = await leakedTensors(() => {
      expect(() => freeFailedTape(() => failing(point))).toThrow('broken');
    });
    expect(leaked).toBe(0);
    expect(valuesOf(() => freeFailedTape(() => tf.grad((x: tf.Tensor) => tf.square(x))(point)))).toEqual([2]);
    point.dispose();
  });
});
