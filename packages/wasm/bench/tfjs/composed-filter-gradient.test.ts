import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { numbers } from '../cases/numbers';
import { composeFilterGradient } from './composed-filter-gradient';

type Shape = [number, number, number, number];

async function gradient(backend: string, x: Shape, dy: Shape, filterShape: Shape, attributes: object): Promise<Float32Array> {
  await tf.setBackend(backend);
  const inputs = {
    x: tf.tensor4d(numbers(tf.util.sizeFromShape(x), 1), x),
    dy: tf.tensor4d(numbers(tf.util.sizeFromShape(dy), 2), dy),
  };
  const found = tf.engine().runKernel('Conv2DBackpropFilter', inputs, { dataFormat: 'NHWC', ...attributes, filterShape }) as tf.Tensor;
  const values = (await found.data()) as Float32Array;
  tf.dispose([inputs.x, inputs.dy, found]);
  return values;
}

describe('composeFilterGradient', () => {
  composeFilterGradient();

  it.each([
    ['stride 1, same', [3, 7, 6, 2], [3, 7, 6, 4], [3, 3, 2, 4], { strides: 1, pad: 'same' }],
    ['stride 2, same', [2, 8, 8, 3], [2, 4, 4, 5], [4, 4, 3, 5], { strides: 2, pad: 'same' }],
    ['stride 2, numbers', [2, 9, 9, 1], [2, 5, 5, 2], [3, 3, 1, 2], { strides: 2, pad: 1 }],
    // Two rows and columns are left over at the end: the composition finds taps that the filter does not have.
    ['stride 3, valid', [2, 9, 9, 2], [2, 3, 3, 3], [1, 1, 2, 3], { strides: 3, pad: 'valid' }],
  ] as [string, Shape, Shape, Shape, object][])('is what cpu computes: %s', async (_, x, dy, filter, attributes) => {
    const before = tf.memory().numTensors;
    const [right, found] = [await gradient('cpu', x, dy, filter, attributes), await gradient('wasm', x, dy, filter, attributes)];
    const scale = Math.max(...right.map(Math.abs));
    expect(found.length).toBe(right.length);
    expect(Math.max(...found.map((value, index) => Math.abs(value - right[index]!))) / scale).toBeLessThan(1e-5);
    expect(tf.memory().numTensors).toBe(before);
  });
});
