/** The classifiers of the whole-network cases in tfjs ops, as tfjs-layers would call them. */
import * as tf from '@tensorflow/tfjs-core';
import { numbers, SEEDS } from '../cases/numbers';
import type { Layer, Network } from '../cases/work';
import { padding } from './padding';

export interface Classifier {
  /** Kernel and bias of every layer, in order. */
  readonly weights: readonly tf.Variable[];
  logits(images: tf.Tensor): tf.Tensor2D;
  /** The mean cross-entropy. */
  loss(images: tf.Tensor, labels: tf.Tensor2D): tf.Scalar;
  /** The initial weights again. */
  reset(): void;
  dispose(): void;
}

/** Initial kernel and bias of a layer, in the order of memory of tfjs: [height, width, in, out], [in, out]. */
export function initialWeights(layer: Layer, index: number): readonly [kernel: tf.Tensor, bias: tf.Tensor] {
  const shape = layer.type === 'dense' ? [layer.inputs, layer.outputs] : [layer.filter, layer.filter, layer.inputs, layer.outputs];
  const size = tf.util.sizeFromShape(shape);
  const limit = Math.sqrt((6 * layer.outputs) / size);
  const seed = SEEDS.weights + 2 * index;
  return [tf.tensor(numbers(size, seed, -limit, limit), shape), tf.tensor(numbers(layer.outputs, seed + 1, -0.05, 0.05))];
}

/** Images with pixels between 0 and 1, and classes in turn. */
export function examples({ size, classes }: Network, batch: number) {
  const images = tf.tensor(numbers(batch * size * size, SEEDS.inputs, 0, 1), [batch, size, size, 1]);
  const labels = Int32Array.from({ length: batch }, (_, index) => index % classes);
  return { images, labels };
}

export function classifier({ size, layers }: Network): Classifier {
  const initial = layers.flatMap(initialWeights);
  const weights = initial.map((tensor) => tf.variable(tensor));
  const logits = (images: tf.Tensor): tf.Tensor2D => {
    let height = size;
    let values = images;
    layers.forEach((layer, index) => {
      const [filter, bias] = [weights[2 * index]!, weights[2 * index + 1]!];
      const activation = index === layers.length - 1 ? 'linear' : 'relu';
      if (layer.type === 'dense') {
        const flat = tf.reshape(values, [images.shape[0]!, layer.inputs]);
        values = tf.fused.matMul({ a: flat, b: filter as tf.Tensor2D, bias, activation });
        return;
      }
      const pad = padding({ ...layer, size: height });
      values = tf.fused.conv2d({ x: values as tf.Tensor4D, filter: filter as tf.Tensor4D, strides: layer.stride, pad, bias, activation });
      if (layer.pool !== undefined) values = tf.maxPool(values as tf.Tensor4D, layer.pool, layer.pool, 'same');
      height = values.shape[1]!;
    });
    return values as tf.Tensor2D;
  };
  return {
    weights,
    logits,
    loss: (images, labels) => tf.neg(tf.mean(tf.sum(tf.mul(labels, tf.logSoftmax(logits(images))), 1))),
    reset: () => weights.forEach((weight, index) => void weight.assign(initial[index]!)),
    dispose: () => tf.dispose([...weights, ...initial]),
  };
}
