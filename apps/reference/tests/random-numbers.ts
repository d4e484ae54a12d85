/** Moments to kill at: numbers from 0 to 1, the same ones for the same seed. */
import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

export function randomNumbers(seed: number, count: number): Float32Array {
  const ids = Int32Array.from({ length: count }, (_, i) => i);
  return tf.tidy(() => createNoise(seed, ids).uniform([]).dataSync<'float32'>());
}
