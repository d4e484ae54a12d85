/**
 * Conv2DBackpropFilter, which tfjs lacks on wasm, composed of its stock kernels, so that stock wasm can run whole training steps:
 * the images with batch and channels exchanged, convolved with the gradient of the outputs.
 */
import * as tf from '@tensorflow/tfjs-core';

type Attributes = {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly filterShape: [number, number, number, number];
};

let registered = false;

/** Whether the kernel is this one rather than a real one. */
export function isComposed(): boolean {
  return registered;
}

export function composeFilterGradient(): void {
  const kernelFunc = ({ inputs, attrs }: { inputs: object; attrs: object }): tf.TensorInfo => {
    const { x, dy } = inputs as { readonly x: tf.Tensor4D; readonly dy: tf.Tensor4D };
    return tf.tidy(() => composed(x, dy, attrs as Attributes));
  };
  registered = true;
  tf.registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName: 'wasm', kernelFunc: kernelFunc as unknown as tf.KernelFunc });
}

function composed(x: tf.Tensor4D, dy: tf.Tensor4D, { strides, pad, filterShape }: Attributes): tf.Tensor4D {
  const { padInfo, strideHeight, strideWidth } = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad);
  const padded = tf.pad(x, [
    [0, 0],
    [padInfo.top, padInfo.bottom],
    [padInfo.left, padInfo.right],
    [0, 0],
  ]);
  const images = tf.transpose(padded, [3, 1, 2, 0]);
  const filters = tf.transpose(dy, [1, 2, 0, 3]);
  const taps = tf.conv2d(images, filters, 1, 'valid', 'NHWC', [strideHeight, strideWidth]);
  const [height, width, channels, outputs] = filterShape;
  return tf.transpose(tf.slice(taps, 0, [channels, height, width, outputs]), [1, 2, 0, 3]);
}
