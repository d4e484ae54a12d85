import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { example } from '../tests/compare';
import { enableTrainingKernels } from './enable-training-kernels';

const BATCHES = [1, 7, 64];
const LARGEST = 256;

const bytesOf = (tensor: tf.Tensor): Buffer => {
  const { buffer, byteOffset, byteLength } = tensor.dataSync<'float32'>();
  return Buffer.from(new Uint8Array(buffer, byteOffset, byteLength));
};

/** The first rows of what `operation` makes of the first rows of its input, for several batches: the same bits, every time. */
function expectSameRows(rowShape: readonly number[], operation: (rows: tf.Tensor) => tf.Tensor): void {
  tf.tidy(() => {
    const all = tf.tensor(example([LARGEST, ...rowShape], 5).values, [LARGEST, ...rowShape]);
    const whole = bytesOf(operation(all));
    for (const batch of BATCHES) {
      const part = bytesOf(operation(tf.slice(all, 0, batch)));
      expect(part.length).toBe((whole.length / LARGEST) * batch);
      expect(part.equals(whole.subarray(0, part.length)), `${batch} rows of [${rowShape}]`).toBe(true);
    }
  });
}

const weights = (...shape: number[]) => {
  const { values } = example(shape, 9);
  return tf.tensor(values, shape);
};

/** Channels, columns of the output, stride and length of images: on all roads. */
const convolutions: readonly (readonly [number, number, number, number])[] = [
  ...[1, 3, 8, 16].flatMap((channels) => [1, 2].map((stride) => [channels, 12, stride, 9] as const)),
  // With fewer multiplications: forward, backward or both.
  [8, 16, 1, 12],
  [17, 18, 1, 12],
  [16, 8, 1, 12],
];

const convolution =
  (channels: number, columns: number, stride: number) =>
  (x: tf.Tensor): tf.Tensor =>
    tf.conv2d(x as tf.Tensor4D, weights(3, 3, channels, columns) as tf.Tensor4D, stride, 'same');

const inputGradient = (operation: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) =>
  tf.grad((input: tf.Tensor) => tf.sum(tf.square(operation(input))))(x);

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('a row is the same, bit for bit, in every batch', () => {
  it('of a matrix product, whatever its sizes', () => {
    for (const inner of [1, 7, 100, 257]) {
      for (const columns of [1, 2, 3, 8, 10, 33]) expectSameRows([inner], (x) => tf.matMul(x, weights(inner, columns)));
    }
  });

  it('of a transposed matrix product, plain and fused', () => {
    expectSameRows([100], (x) => tf.matMul(x, weights(10, 100), false, true));
    expectSameRows([100], (x) => tf.matMul(tf.transpose(x), weights(100, 10), true, false));
    expectSameRows([100], (x) => tf.fused.matMul({ a: x, b: weights(100, 10), bias: weights(10), activation: 'relu' }));
  });

  it.each(convolutions)(
    'of a convolution of %i to %i channels at stride %i, and of its input gradient',
    (channels, columns, stride, length) => {
      const convolve = convolution(channels, columns, stride);
      expectSameRows([length, length, channels], convolve);
      expectSameRows([length, length, channels], inputGradient(convolve));
    },
  );

  it('of the input gradient of a small network', () => {
    const network = (x: tf.Tensor) => {
      const features = tf.tanh(tf.conv2d(x as tf.Tensor4D, weights(3, 3, 2, 9) as tf.Tensor4D, 1, 'same'));
      const pooled = tf.maxPool(
        tf.leakyRelu(tf.conv2d(features as tf.Tensor4D, weights(3, 3, 9, 8) as tf.Tensor4D, 1, 'valid')) as tf.Tensor4D,
        2,
        2,
        'same',
      );
      return tf.logSoftmax(tf.matMul(tf.reshape(pooled, [-1, 72]), weights(72, 5)) as tf.Tensor2D);
    };
    expectSameRows([8, 8, 2], (x) => tf.grad((input: tf.Tensor) => tf.sum(tf.slice(network(input), [0, 0], [-1, 1])))(x));
  });
});

describe('an image that is not finite, or huge, changes no bit of those beside it', () => {
  it.each(convolutions)(
    'in a convolution of %i to %i channels at stride %i, and its input gradient',
    (channels, columns, stride, length) => {
      const convolve = convolution(channels, columns, stride);
      const shape = [5, length, length, channels];
      const clean = example(shape, 5).values;
      const size = clean.length / 5;
      for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, 1e30]) {
        const values = clean.slice();
        // The first among them: it must not decide the way of the others.
        for (const image of [0, 2, 3]) values[image * size + Math.floor(size / 2)] = broken;
        for (const operation of [convolve, inputGradient(convolve)]) {
          tf.tidy(() => {
            const [reference, answer] = [clean, values].map((given) => bytesOf(operation(tf.tensor(given, shape))));
            const row = reference!.length / 5;
            for (const image of [1, 4]) {
              const [from, to] = [image * row, (image + 1) * row];
              expect(answer!.subarray(from, to).equals(reference!.subarray(from, to)), `image ${image} beside ${broken}`).toBe(true);
            }
            expect(answer!.equals(reference!)).toBe(false);
          });
        }
      }
    },
  );
});
