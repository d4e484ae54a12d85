/** Noise with injected draws: for comparisons with an outside reference that made its own random numbers. */
import type { Noise } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Every draw, of any stream and distribution, is `values` (`[n, ...shape]`); asking for another shape throws. */
export function fixedNoise(values: Tensor): Noise {
  const draw = (shape: readonly number[]): Tensor => {
    const wanted = [values.shape[0], ...shape].join();
    if (wanted !== values.shape.join())
      throw new Error(`fixedNoise: expected a draw of shape [${values.shape}], was asked for [${wanted}].`);
    return tf.clone(values);
  };
  const noise: Noise = {
    ids: Int32Array.from({ length: values.shape[0] ?? 0 }, (_, i) => i),
    stream: () => noise,
    rows: (kept) => fixedNoise(tf.gather(values, tf.tensor1d(kept, 'int32'))),
    uniform: draw,
    normal: draw,
    signs: draw,
  };
  return noise;
}
