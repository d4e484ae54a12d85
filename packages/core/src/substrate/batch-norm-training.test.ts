import { finiteDifferences, relativeError } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { numbers, slopeOf, spread } from '../../tests/second-order';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import { batchNormTraining } from './batch-norm-training';
import './register-gradients';

const scale = (channels: number): tf.Tensor => numbers('scale', [channels], [0.5, 2]);
const offset = (channels: number): tf.Tensor => numbers('offset', [channels]);
/** A number that is not symmetric in the examples: weights of both signs. */
const weighed = (y: tf.Tensor): tf.Tensor => tf.sum(tf.mul(y, numbers('weights', y.shape)));

describe('batchNormTraining', () => {
  leavesNoTensors();

  it('has average `offset` and deviation `scale` in every channel, and tells the statistics of the batch', () => {
    // Channel 0: 1, 3 (mean 2, variance 1). Channel 1: -10, 10 (mean 0, variance 100). Epsilon brings them to 4 and 103.
    const parts = tf.tidy(() => {
      const { y, mean, variance } = batchNormTraining(
        tf.tensor([1, -10, 3, 10], [2, 1, 1, 2]),
        tf.tensor1d([4, 1]),
        tf.tensor1d([5, -1]),
        3,
      );
      return [y, mean, variance].map((tensor) => ({ shape: tensor.shape, values: [...tensor.dataSync()] }));
    });
    expect(parts.map(({ shape }) => shape)).toEqual([[2, 1, 1, 2], [2], [2]]);
    expectClose(parts[0]!.values, [5 - 4 / 2, -1 - 10 / Math.sqrt(103), 5 + 4 / 2, -1 + 10 / Math.sqrt(103)]);
    expectClose(parts[1]!.values, [2, 0]);
    expectClose(parts[2]!.values, [1, 100]);
  });

  it('has the gradients of finite differences for x, scale and offset', async () => {
    const given = { x: spread([4, 3, 2]), scale: tf.tidy(() => scale(2)), offset: tf.tidy(() => offset(2)) };
    for (const name of ['x', 'scale', 'offset'] as const) {
      const loss = (varied: tf.Tensor): tf.Tensor => {
        const { x, scale, offset }: typeof given = Object.assign({}, given, { [name]: varied });
        const { y } = batchNormTraining(x, scale, offset, 0.1);
        return weighed(tf.mul(y, tf.add(y, 1)));
      };
      const reference = await finiteDifferences(loss, given[name], 1e-2);
      const gradient = valuesOf(() => tf.grad(loss)(given[name]));
      expect(relativeError(gradient, reference)).toBeLessThan(1e-3);
    }
    for (const tensor of Object.values(given)) tensor.dispose();
  });

  it('has second derivatives: the gradient of a slope is that of finite differences', async () => {
    const curve = (x: tf.Tensor): tf.Tensor => weighed(tf.square(batchNormTraining(x, scale(2), offset(2), 0.1).y));
    const point = spread([5, 2]);
    const slope = slopeOf(curve);
    const reference = await finiteDifferences(slope, point, 1e-2);
    const gradient = valuesOf(() => tf.grad(slope)(point));
    point.dispose();
    expect(relativeError(gradient, reference)).toBeLessThan(5e-3);
  });

  it('adds nothing to the gradient through its statistics: they are constants', () => {
    const through = valuesOf(() =>
      tf.grad((x: tf.Tensor) => {
        const { mean, variance } = batchNormTraining(x, tf.ones([1]), tf.zeros([1]), 0.1);
        return tf.sum(tf.mul(x, tf.add(mean, variance)));
      })(tf.tensor2d([1, 3], [2, 1])),
    );
    // d/dx of x (mean + variance) with both held: 2 + 1.
    expect(through).toEqual([3, 3]);
  });

  it('takes an empty batch, and a channel that does not vary', () => {
    const sizes = tf.tidy(() => {
      const { y, mean, variance } = batchNormTraining(tf.zeros([0, 3]), tf.ones([3]), tf.zeros([3]), 1e-3);
      return [y.shape, [...mean.dataSync()], [...variance.dataSync()]];
    });
    expect(sizes).toEqual([
      [0, 3],
      [0, 0, 0],
      [0, 0, 0],
    ]);
    expect(valuesOf(() => batchNormTraining(tf.fill([4, 1], 0.3), tf.ones([1]), tf.fill([1], 7), 1e-3).y)).toEqual([7, 7, 7, 7]);
  });

  it('refuses integers, and vectors that are not of one number a channel', () => {
    tf.tidy(() => {
      const [x, one] = [tf.ones([2, 3]), tf.ones([3])];
      expect(() => batchNormTraining(tf.ones([2, 3], 'int32'), one, one, 1)).toThrow(
        'batchNormTraining: expected `x` to be float32 with the channels last, got a int32 tensor of shape [2,3]. Cast integers with tf.cast first.',
      );
      expect(() => batchNormTraining(x, tf.ones([2]), one, 1)).toThrow(
        'batchNormTraining: expected `scale` to be a float32 tensor of shape [3], got a float32 tensor of shape [2].',
      );
      expect(() => batchNormTraining(x, one, tf.ones([1, 3]), 1)).toThrow('`offset`');
    });
  });
});
