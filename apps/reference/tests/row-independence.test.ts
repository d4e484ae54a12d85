/** What a row gives must not depend on the batch it stands in: forward pass and input gradient of a whole network. */
import { createNoise, crossEntropyOf } from '@groundstate/core';
import { convnet } from '@groundstate/models';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { chooseBackend } from '../src/backend/choose-backend';

describe.each([
  ['wasm', 256],
  ['cpu', 256],
])('on %s, in batches of 1, 7 and %i', (backend, most) => {
  it('logits and input gradients of a row are the same bit for bit', async () => {
    await chooseBackend(backend);
    const model = convnet({ seed: 2 });
    const ids = Int32Array.from({ length: most }, (_, i) => i);
    const inputs = createNoise(1, ids).uniform([28, 28, 1]);
    const labels = Array.from(ids, (id) => id % 10);
    const outcome = async (start: number, count: number): Promise<[Float32Array, Float32Array]> => {
      const part = tf.slice(inputs, [start, 0, 0, 0], [count, -1, -1, -1]);
      const classes = tf.tensor1d(labels.slice(start, start + count), 'int32') as Tensor1D;
      const logits = model.logits(part);
      const gradient = tf.grad((x: Tensor) => tf.sum(crossEntropyOf(model.logits(x), classes)))(part);
      const values = (await Promise.all([logits.data(), gradient.data()])) as [Float32Array, Float32Array];
      tf.dispose([part, classes, logits, gradient]);
      return values;
    };
    const [logits, gradients] = await outcome(0, most);
    for (const count of [1, 7]) {
      for (let start = 0; start + count <= Math.min(most, 42); start += count) {
        const [some, slopes] = await outcome(start, count);
        expect(some).toEqual(logits.slice(start * 10, (start + count) * 10));
        expect(slopes).toEqual(gradients.slice(start * 784, (start + count) * 784));
      }
    }
    inputs.dispose();
    model.dispose();
  });
});
