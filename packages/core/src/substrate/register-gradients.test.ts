import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors, valuesOf } from '../../tests/tensors';
import './register-gradients';

describe('register-gradients', () => {
  leavesNoTensors();

  it('is needed: with tfjs-core and a backend alone, Node has no gradient of a sum', async () => {
    const program = `
      import '@tensorflow/tfjs-backend-cpu';
      import * as tf from '@tensorflow/tfjs-core';
      await tf.setBackend('cpu');
      try {
        tf.grad((x) => tf.sum(x))(tf.tensor1d([1, 2]));
        console.log('tfjs registers its gradients now');
      } catch (error) {
        console.log(error.message);
      }`;
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { cwd });
    expect(stdout).toContain('gradient function not found for Sum');
  });

  it('gives gradients of sums, products and convolutions', () => {
    expect(valuesOf(() => tf.grad((x: tf.Tensor) => tf.sum(tf.square(x)))(tf.tensor1d([1, 2])))).toEqual([2, 4]);
    const product = (x: tf.Tensor): tf.Tensor => tf.sum(tf.matMul(x as tf.Tensor2D, tf.tensor2d([[2], [3]])));
    expect(valuesOf(() => tf.grad(product)(tf.tensor2d([[1, 1]])))).toEqual([2, 3]);
    const filter = (x: tf.Tensor): tf.Tensor => tf.sum(tf.conv2d(x as tf.Tensor4D, tf.tensor4d([5], [1, 1, 1, 1]), 1, 'same'));
    expect(valuesOf(() => tf.grad(filter)(tf.ones([1, 2, 2, 1])))).toEqual([5, 5, 5, 5]);
  });
});
