import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors, valuesOf } from '../../tests/tensors';
import { pullBackThrough } from './pull-back';
import './register-gradients';

const forward = (x: tf.Tensor): tf.Tensor => tf.mul(tf.tanh(x), tf.square(x));

describe('pullBackThrough', () => {
  leavesNoTensors();

  it('runs the function once and pulls any number of slopes back through it, each as a gradient of its own would be', () => {
    let runs = 0;
    const x = tf.tensor1d([0.3, -0.7, 1.2]);
    const slopes = [
      [1, 0, 0],
      [0.5, -2, 3],
      [0, 0, 0],
    ].map((slope) => tf.tensor1d(slope));
    const wanted = slopes.map((slope) => valuesOf(() => tf.grad(forward)(x, slope)));
    const found = tf.tidy(() =>
      pullBackThrough(
        (at) => {
          runs += 1;
          return forward(at);
        },
        x,
        (_, pullBack) => slopes.map((slope) => [...pullBack(slope).dataSync()]),
      ),
    );
    expect(found).toEqual(wanted);
    expect(runs).toBe(1);
    tf.dispose([x, ...slopes]);
  });

  it('leaves a tape behind it on which the next gradient is right', () => {
    const x = tf.tensor1d([0.5]);
    tf.tidy(() => {
      pullBackThrough(forward, x, (value, pullBack) => pullBack(tf.onesLike(value)));
    });
    expect(valuesOf(() => tf.grad((at) => tf.square(at))(x))).toEqual([1]);
    x.dispose();
  });

  it('frees what the tape has saved where the function throws, and where its use does', () => {
    const x = tf.tensor1d([0.5]);
    const before = tf.memory().numTensors;
    for (const fails of ['forward', 'use']) {
      const run = (): void =>
        tf.tidy(() => {
          pullBackThrough(
            (at) => {
              const value = forward(at);
              if (fails === 'forward') throw new Error('no');
              return value;
            },
            x,
            (_, pullBack) => {
              pullBack(tf.tensor1d([1]));
              throw new Error('no');
            },
          );
        });
      expect(run).toThrow('no');
      expect(tf.memory().numTensors).toBe(before);
    }
    x.dispose();
  });

  it('refuses to run on a tape, where the outer gradient would lose what it recorded', () => {
    const x = tf.tensor1d([0.5]);
    const inside = (at: tf.Tensor): tf.Tensor => pullBackThrough(forward, at, (value) => value);
    expect(() => tf.tidy(() => tf.grad(inside)(x))).toThrow('a gradient is being taken already');
    x.dispose();
  });
});
