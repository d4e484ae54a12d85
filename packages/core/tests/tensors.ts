/** Reading tensors and counting them, for the tests of this package. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect } from 'vitest';

/** Call it inside a `describe`: each of its tests must leave as many tensors as it found. */
export function leavesNoTensors(): void {
  let before = 0;
  beforeEach(() => {
    before = tf.memory().numTensors;
  });
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(before);
  });
}

/** The numbers of a tensor that is computed, read and freed here. */
export function valuesOf(compute: () => Tensor): number[] {
  return tf.tidy(() => Array.from(compute().dataSync()));
}

/** Each value within `tolerance` of its reference, relative to 1 or the reference if that is larger. */
export function expectClose(values: ArrayLike<number>, reference: ArrayLike<number>, tolerance = 1e-5): void {
  expect(values.length).toBe(reference.length);
  for (let i = 0; i < reference.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(reference[i]!));
    if (!(Math.abs(values[i]! - reference[i]!) <= allowed)) expect.fail(`value ${i}: ${values[i]} beside ${reference[i]}`);
  }
}
