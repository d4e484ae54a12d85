import '@tensorflow/tfjs-backend-cpu';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadModelFromDirectory } from './load-model-from-directory';

const data = process.env.GROUNDSTATE_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url));
const present = existsSync(join(data, 'anchors')) && existsSync(join(data, 'mnist'));
if (!present)
  console.warn(
    `SKIPPED: the public LeNet5 pair is checked only where GROUNDSTATE_DATA names a folder with anchors/ and mnist/ (looked in ${data}).`,
  );

/** Logits of MNIST test image 0, computed outside this project with the published weights. */
const published = {
  'mnist-lenet5-standard': [-4.92481, -1.67872, 1.75327, 2.33579, -7.64059, -3.28821, -22.02429, 14.60213, -1.91732, 2.2584],
  'mnist-lenet5-pgd-trained': [-2.59702, -4.1406, 0.25381, 0.96882, -5.85506, -4.86221, -15.45924, 11.94933, -2.03011, 0.34437],
};

describe.skipIf(!present)('a public LeNet5 saved by others', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it.each(Object.entries(published))('%s gives the published logits', async (name, expectedLogits) => {
    const before = tf.memory().numTensors;
    const file = gunzipSync(await readFile(join(data, 'mnist', 't10k-images-idx3-ubyte.gz')));
    const model = await loadModelFromDirectory(join(data, 'anchors', name));
    expect([model.classes, model.inputShape, model.bounds]).toEqual([10, [28, 28, 1], [0, 1]]);
    // 3*3*1*32 + 32, 3*3*32*64 + 64, 3136*200 + 200, 200*10 + 10
    const parameters = Object.values(model.weights).reduce((sum, weight) => sum + weight.size, 0);
    expect(parameters).toBe(320 + 18_496 + 627_400 + 2_010);
    tf.tidy(() => {
      const image = tf.div(tf.tensor4d(Float32Array.from(file.subarray(16, 16 + 784)), [1, 28, 28, 1]), 255);
      model
        .logits(image)
        .dataSync()
        .forEach((value, index) => {
          expect(Math.abs(value - expectedLogits[index]!)).toBeLessThan(1e-4);
        });
    });
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
