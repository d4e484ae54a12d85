/**
 * A dense layer or a convolution as one node of the tape: product, bias and activation in one fused kernel, and of its
 * gradients those that are asked for.
 *
 * On the tape tfjs runs three kernels where a fused one would do, and keeps what each of them saves: between the two
 * convolutions of a network the product without its bias, with it, and the activation, where one of them is enough (the
 * gradient of a rectifier can be read off its output). A custom gradient of tfjs would fuse, but computes all its gradients at
 * once: that of the filter in an attack, that of the images in the first layer of a training. tfjs itself does not compute
 * what nobody asks for, given a function for each input; hence `tapedNode`.
 */
import { optionalKernel } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Gradients, tapedNode } from './taped-node';

/** What a rectifier lets through is what it puts out. */
export type FusedActivation = 'linear' | 'relu';

/** A layer's values, its kernel and its bias; all float32. */
export interface Product {
  readonly x: tf.Tensor;
  readonly kernel: tf.Tensor;
  readonly bias: tf.Tensor | undefined;
  readonly activation: FusedActivation;
}

/** `x` of shape `[n, width]`, `kernel` of `[width, units]`. */
export function tapedDense(product: Product): tf.Tensor2D {
  const { x, kernel } = product;
  const [rows, width] = x.shape as [number, number];
  const units = kernel.shape[1]!;
  return taped(product, {
    forward: (bias, activation) => {
      const a = tf.reshape(x, [1, rows, width]);
      const b = tf.reshape(kernel, [1, width, units]);
      const attributes = { transposeA: false, transposeB: false, activation, leakyreluAlpha: 0 };
      return tf.reshape(run('_FusedMatMul', { a, b, ...bias }, attributes), [rows, units]);
    },
    gradients: (dy, input, weights) => ({
      x: () => tf.matMul(dy as tf.Tensor2D, weights as tf.Tensor2D, false, true),
      kernel: () => tf.matMul(input as tf.Tensor2D, dy as tf.Tensor2D, true, false),
    }),
  }) as tf.Tensor2D;
}

/** `x` of shape `[n, height, width, channels]`. */
export function tapedConvolution(product: Product, strides: readonly [number, number], pad: 'same' | 'valid'): tf.Tensor4D {
  const shared = { strides: [...strides], pad, dataFormat: 'NHWC', dimRoundingMode: undefined };
  return taped(product, {
    forward: (bias, activation) => {
      const attributes = { ...shared, dilations: [1, 1], activation, leakyreluAlpha: 0 };
      return run('FusedConv2D', { x: product.x, filter: product.kernel, ...bias }, attributes);
    },
    gradients: (dy, x, filter) => ({
      x: () => run('Conv2DBackpropInput', { dy, filter }, { ...shared, inputShape: x.shape }),
      kernel: () => run('Conv2DBackpropFilter', { x, dy }, { ...shared, filterShape: filter.shape }),
    }),
  }) as tf.Tensor4D;
}

function taped(
  { x, kernel, bias, activation }: Product,
  layer: {
    readonly forward: (bias: { readonly bias?: tf.Tensor }, activation: FusedActivation) => tf.Tensor;
    readonly gradients: (dy: tf.Tensor, x: tf.Tensor, kernel: tf.Tensor) => Gradients;
  },
): tf.Tensor {
  const withBias = bias ? { bias } : {};
  return tapedNode({
    inputs: { x, kernel, ...withBias },
    forwardFunc: (_, save) => {
      const y = layer.forward(withBias, activation);
      save(activation === 'relu' ? [x, kernel, y] : [x, kernel]);
      return y;
    },
    backwardsFunc: (dy, [input, weights, y]) => {
      const slope = y ? rectified(dy, y) : dy;
      return {
        ...layer.gradients(slope, input!, weights!),
        ...(bias
          ? {
              bias: () =>
                tf.sum(
                  slope,
                  slope.shape.slice(0, -1).map((_, axis) => axis),
                ),
            }
          : {}),
      };
    },
  });
}

/** The gradient of a rectifier, off its output: what was let through has a slope of 1. */
function rectified(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const kernel = optionalKernel('ReluGrad');
  return kernel ? kernel({ dy, x: y }) : tf.mul(dy, tf.step(y));
}

function run(name: string, inputs: tf.NamedTensorMap, attributes: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, { ...attributes });
}
