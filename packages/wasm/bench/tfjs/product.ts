/** Matrix products through `tf.matMul`. */
import * as tf from '@tensorflow/tfjs-core';
import { numbers, SEEDS } from '../cases/numbers';
import type { Product } from '../cases/work';
import type { Workload } from '../contenders/serve';
import { pure } from './pure';

export function product({ batch, rows, inner, columns, transposeA, transposeB }: Product): Workload {
  const left = tensor(transposeA ? [batch, inner, rows] : [batch, rows, inner], SEEDS.left);
  const right = tensor(transposeB ? [batch, columns, inner] : [batch, inner, columns], SEEDS.right);
  return pure([left, right], () => tf.matMul(left, right, transposeA, transposeB));
}

function tensor(shape: [number, number, number], seed: number): tf.Tensor {
  const whole = tf.tensor(numbers(tf.util.sizeFromShape(shape), seed), shape);
  // Without a batch most programs multiply matrices, not stacks of one.
  return shape[0] === 1 ? tf.tidy(() => tf.squeeze<tf.Tensor2D>(whole, [0])) : whole;
}
