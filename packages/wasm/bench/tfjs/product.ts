/** Matrix products through `tf.matMul`. */
import * as tf from '@tensorflow/tfjs-core';
import { numbers, SEEDS } from '../cases/numbers';
import type { Product } from '../cases/work';
import type { Workload } from '../contenders/serve';
import { pure } from './pure';

export function product({ batch, rows, inner, columns, transposeA, transposeB }: Product): Workload {
  const make = (shape: number[], seed: number): tf.Tensor => {
    // Without a batch most programs multiply matrices, not stacks of one.
    const whole = batch === 1 ? shape : [batch, ...shape];
    return tf.tensor(numbers(tf.util.sizeFromShape(whole), seed), whole);
  };
  const left = make(transposeA ? [inner, rows] : [rows, inner], SEEDS.left);
  const right = make(transposeB ? [columns, inner] : [inner, columns], SEEDS.right);
  return pure([left, right], () => tf.matMul(left, right, transposeA, transposeB));
}
