import type { Examples } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

/** All pixels as bytes again, and no tensor left. */
export async function bytesOf(examples: Examples): Promise<Uint8Array> {
  const { inputs, labels } = await examples.read(Int32Array.from({ length: examples.size }, (_, i) => i));
  const values = inputs.dataSync();
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(values[i]! * 255);
  tf.dispose([inputs, labels]);
  return bytes;
}

/** The share of test images that are nearest to the mean of the training images of their own class: how much of a class lies in fixed pixels. */
export async function meanClassifierScore(train: Examples, test: Examples): Promise<number> {
  const [trainBytes, testBytes] = [await bytesOf(train), await bytesOf(test)];
  const length = trainBytes.length / train.size;
  const means = Array.from({ length: 10 }, () => new Float64Array(length));
  for (let i = 0; i < train.size; i++) {
    const mean = means[train.labels[i]!]!;
    for (let p = 0; p < length; p++) mean[p]! += (10 * trainBytes[i * length + p]!) / train.size;
  }
  let right = 0;
  for (let i = 0; i < test.size; i++) {
    const image = testBytes.subarray(i * length, (i + 1) * length);
    const distances = means.map((mean) => squaredDistance(mean, image));
    if (distances.indexOf(Math.min(...distances)) === test.labels[i]) right++;
  }
  return right / test.size;
}

function squaredDistance(mean: Float64Array, image: Uint8Array): number {
  let sum = 0;
  for (let p = 0; p < image.length; p++) sum += (mean[p]! - image[p]!) ** 2;
  return sum;
}
