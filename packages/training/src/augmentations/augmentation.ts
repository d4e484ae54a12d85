/** What an augmentation is, and what those of images share. */
import { expected, type Noise } from '@groundstate/core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Changes a batch at random, each row by itself: row i of the result depends on row i of `inputs` and of `noise` alone.
 * The noise is keyed by example and epoch, so that a resumed run, or one of other batches, sees the same inputs.
 * Called inside a tidy; keeps the shape, and stays within the model's bounds.
 */
export interface Augmentation {
  (inputs: Tensor, noise: Noise): Tensor;
  /** What it does, with its settings; a checkpoint of another one is not resumed. @default the function's name */
  readonly description?: string;
}

export function describeAugmentation(augmentation: Augmentation): string {
  return augmentation.description ?? (augmentation.name || 'anonymous');
}

/** The pixels of one image, rows of width x channels numbers, and where its copy goes. */
export type MoveImage = (pixels: Float32Array, moved: Float32Array, size: { height: number; width: number; channels: number }) => void;

/**
 * Copies every image of a batch by itself, on the processor, where the batch has just been read: several times faster, on cpu
 * and wasm, than the best of the tensor operations (gather; products with masks and slices are slower still).
 */
export function moveImages(owner: string, inputs: Tensor, fill: number, moveRow: (row: number) => MoveImage): Tensor {
  if (inputs.rank !== 4) throw expected(owner, 'inputs', 'images of shape [n, height, width, channels]', inputs);
  const [n, height, width, channels] = (inputs as Tensor4D).shape;
  const size = height * width * channels;
  const pixels = inputs.dataSync() as Float32Array;
  const moved = new Float32Array(pixels.length).fill(fill);
  for (let row = 0; row < n; row++) {
    const [from, to] = [row * size, (row + 1) * size];
    moveRow(row)(pixels.subarray(from, to), moved.subarray(from, to), { height, width, channels });
  }
  return tf.tensor(moved, inputs.shape);
}
