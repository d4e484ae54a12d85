import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { disagreement, example, withGradients } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';

type Pair = [number, number];
type Pad = 'same' | 'valid' | [Pair, Pair, Pair, Pair];

const small = fc.integer({ min: 1, max: 3 });
const pad: fc.Arbitrary<Pad> = fc.oneof(
  fc.constantFrom<Pad>('same', 'valid'),
  fc.tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 2 }))).map(
    ([top, bottom, left, right]): Pad => [
      [0, 0],
      [top!, bottom!],
      [left!, right!],
      [0, 0],
    ],
  ),
);
const layer = fc.record({
  batch: small,
  height: fc.integer({ min: 4, max: 8 }),
  width: fc.integer({ min: 4, max: 8 }),
  // Both sides of the eight channels at which the input gradient takes another road.
  inChannels: fc.constantFrom(1, 2, 3, 8, 9),
  outChannels: fc.integer({ min: 1, max: 9 }),
  filter: fc.tuple(small, small),
  strides: fc.tuple(small, small),
  pad,
  seed: fc.nat(1e6),
});
const settings = { seed: 20, numRuns: 60 };

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('the gradients of convolutions on wasm', () => {
  it('agree with the cpu backend for conv2d, whatever the strides and the padding', async () => {
    await fc.assert(
      fc.asyncProperty(layer, async ({ batch, height, width, inChannels, outChannels, filter, strides, pad, seed }) => {
        const convolve = (x: tf.Tensor, w: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides as Pair, pad, 'NHWC', 1, typeof pad === 'string' ? undefined : 'floor');
        const images = example([batch, height, width, inChannels], seed);
        expect(await disagreement(withGradients(convolve), images, example([...filter, inChannels, outChannels], seed + 1))).toBeLessThan(
          1e-5,
        );
      }),
      settings,
    );
  });

  it('agree with the cpu backend under a numeric pad', async () => {
    // Square filters and equal strides only, for the reason told in guarded-convolutions.
    for (const pad of [0, 1, 2]) {
      for (const stride of [1, 2, 3]) {
        const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', 1, 'floor');
        expect(await disagreement(withGradients(convolve), example([2, 7, 6, 8], 1), example([3, 3, 8, 5], 2))).toBeLessThan(1e-5);
      }
    }
  });

  it('agree with the cpu backend for depthwise convolutions', async () => {
    await fc.assert(
      fc.asyncProperty(layer, async ({ batch, height, width, inChannels, outChannels, filter, strides, pad, seed }) => {
        const convolve = (x: tf.Tensor, w: tf.Tensor) =>
          tf.depthwiseConv2d(
            x as tf.Tensor4D,
            w as tf.Tensor4D,
            strides as Pair,
            pad as 'same',
            'NHWC',
            1,
            typeof pad === 'string' ? undefined : 'floor',
          );
        const weights = example([...filter, inChannels, 1 + (outChannels % 3)], seed + 1);
        expect(await disagreement(withGradients(convolve), example([batch, height, width, inChannels], seed), weights)).toBeLessThan(1e-5);
      }),
      { ...settings, numRuns: 30 },
    );
  });

  it('agree with the cpu backend for conv3d, where stock tfjs is wrong', async () => {
    for (const stride of [1, 2]) {
      for (const padding of ['same', 'valid'] as const) {
        const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, stride, padding);
        const error = await disagreement(withGradients(convolve), example([2, 4, 5, 4, 3], 1), example([2, 3, 2, 3, 2], 2));
        expect(error).toBeLessThan(1e-5);
      }
    }
  });

  it('agree with the cpu backend when the pixels fill several chunks', async () => {
    for (const inChannels of [3, 8]) {
      const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
      const error = await disagreement(withGradients(convolve), example([7, 20, 20, inChannels], 1), example([3, 3, inChannels, 4], 2));
      expect(error).toBeLessThan(1e-5);
    }
  });

  it('come after a forward pass that is right where the stride steps over pixels (stock tfjs gives zeros)', async () => {
    const inputs = [example([1, 6, 6, 3], 1), example([2, 1, 3, 4], 2), example([4], 3)];
    const fused = (x: tf.Tensor, w: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.conv2d({ x: x as tf.Tensor4D, filter: w as tf.Tensor4D, strides: 3, pad: 'same', bias, activation: 'relu' });
    expect(await disagreement(withGradients(fused), ...inputs)).toBeLessThan(1e-5);
  });

  it('come after a forward pass that is right where tfjs computes the width from the height (stock tfjs writes past its output)', async () => {
    const convolve = (x: tf.Tensor, w: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 1);
    expect(await disagreement(withGradients(convolve), example([1, 8, 8, 3], 1), example([3, 1, 3, 4], 2))).toBeLessThan(1e-5);
  });

  it('come after a forward pass that is right of images without channels', async () => {
    const convolve = ([x, filter, bias]: tf.Tensor[]) =>
      tf.fused.conv2d({ x: x as tf.Tensor4D, filter: filter as tf.Tensor4D, strides: 1, pad: 'same', bias: bias!, activation: 'relu' });
    for (const side of [1, 3]) {
      expect(await disagreement(convolve, example([1, 4, 4, 0], 1), example([side, side, 0, 3], 2), example([3], 3))).toBe(0);
    }
  });

  it('come after a forward pass that is right of numbers whose product is only just finite', async () => {
    // With fewer multiplications what lies between would overflow.
    const huge = (shape: number[], place: number) => {
      const values = new Float32Array(shape.reduce((product, length) => product * length, 1));
      values[place] = 1.5e19;
      return { values, shape };
    };
    const convolve = ([x, w]: tf.Tensor[]) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same');
    const gradient = ([x, dy]: tf.Tensor[]) =>
      tf
        .engine()
        .runKernel(
          'Conv2DBackpropFilter',
          { x: x!, dy: dy! },
          { strides: 1, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 8, 16] },
        ) as tf.Tensor;
    for (const place of [24, 25]) {
      expect(await disagreement(convolve, huge([1, 4, 16, 8], 8 * place), huge([3, 3, 8, 16], 0))).toBeLessThan(1e-5);
      expect(await disagreement(gradient, huge([1, 4, 16, 8], 8 * place), huge([1, 4, 16, 16], 16 * place))).toBeLessThan(1e-5);
    }
  });

  it('refuse NCHW in words', async () => {
    await tf.setBackend('wasm');
    const [dy, filter] = [tf.ones([1, 2, 4, 4]), tf.ones([1, 1, 2, 2])];
    const attributes = { strides: 1, pad: 'same', dataFormat: 'NCHW', inputShape: [1, 2, 4, 4] };
    expect(() => tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, attributes)).toThrow(
      'Conv2DBackpropInput: expected `dataFormat` to be \'NHWC\', got "NCHW". Transpose the images to NHWC first.',
    );
    tf.dispose([dy, filter]);
  });
});
