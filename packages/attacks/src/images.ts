/** Inputs as images, for attacks that look at rows and columns. */
import { expected } from '@groundstate/core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** `[n, height, width]` or `[n, height, width, channels]` as the latter; anything else is refused in the name of `owner`. */
export function asImages(inputs: Tensor, owner: string): Tensor4D {
  const [n = 0, height, width, channels = 1] = inputs.shape;
  if (inputs.rank < 3 || inputs.rank > 4) throw expected(owner, 'inputs', 'images, [n, height, width, channels]', inputs);
  return tf.reshape(inputs, [n, height!, width!, channels]) as Tensor4D;
}

/** Along rows and columns: rows[n, p, i] x[n, i, j, c] columns[n, q, j], a linear map for every example. */
export function alongBoth(images: Tensor4D, rows: Tensor, columns: Tensor): Tensor4D {
  const [n, height, width, channels] = images.shape;
  const [tall, wide] = [rows.shape[1]!, columns.shape[1]!];
  const down = tf.reshape(tf.matMul(rows, tf.reshape(images, [n, height, width * channels])), [n, tall, width, channels]);
  const turned = tf.reshape(tf.transpose(down, [0, 2, 1, 3]), [n, width, tall * channels]);
  const across = tf.reshape(tf.matMul(columns, turned), [n, wide, tall, channels]);
  return tf.transpose(across, [0, 2, 1, 3]) as Tensor4D;
}
