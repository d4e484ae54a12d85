/** The noise of two batches that were put one after the other: every row keeps the draws of its own batch. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Noise } from '../contract/noise';
import { expected } from '../errors';

/**
 * @example
 * joinNoise(labelled.noise, unlabelled.noise).normal([2]); // the rows of the first, then those of the second
 */
export function joinNoise(first: Noise, second: Noise): Noise {
  const both = (draw: (noise: Noise) => Tensor): Tensor => tf.tidy(() => tf.concat([draw(first), draw(second)]));
  return {
    ids: Int32Array.from([...first.ids, ...second.ids]),
    stream: (...path) => joinNoise(first.stream(...path), second.stream(...path)),
    rows: (kept) => selectRows(joinNoise(first, second), kept),
    uniform: (shape, bounds) => both((noise) => noise.uniform(shape, bounds)),
    normal: (shape) => both((noise) => noise.normal(shape)),
    signs: (shape) => both((noise) => noise.signs(shape)),
  };
}

/** Draws for all rows and takes some: rows of two batches may be asked for in any order. */
function selectRows(noise: Noise, kept: Int32Array): Noise {
  const beyond = kept.find((position) => noise.ids[position] === undefined);
  if (beyond !== undefined) throw expected('noise.rows', 'kept', `positions within 0 .. ${noise.ids.length - 1}`, beyond);
  const take = (draw: () => Tensor): Tensor => tf.tidy(() => tf.gather(draw(), tf.tensor1d(kept, 'int32')));
  return {
    ids: kept.map((position) => noise.ids[position]!),
    stream: (...path) => selectRows(noise.stream(...path), kept),
    rows: (fewer) =>
      selectRows(
        noise,
        // A position that is not there stays one that is not.
        fewer.map((position) => kept[position] ?? -1),
      ),
    uniform: (shape, bounds) => take(() => noise.uniform(shape, bounds)),
    normal: (shape) => take(() => noise.normal(shape)),
    signs: (shape) => take(() => noise.signs(shape)),
  };
}
