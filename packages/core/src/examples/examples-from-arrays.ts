import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Examples } from '../contract/data';
import { checkNumber, expected } from '../errors';

/**
 * Your own data as examples: `inputs` holds them one after the other, each of `shape`, in the units of your model's
 * bounds; `labels` one class each. The arrays are read as they are, not copied.
 *
 * @example
 * examplesFromArrays({ inputs: new Float32Array(100 * 784), labels: new Int32Array(100), shape: [28, 28, 1] });
 */
export function examplesFromArrays(data: {
  readonly inputs: Float32Array;
  readonly labels: ArrayLike<number>;
  readonly shape: readonly number[];
}): Examples {
  const { inputs, shape } = data;
  const labels = Int32Array.from(data.labels);
  const size = shape.reduce(
    (product, length) => product * checkNumber('examplesFromArrays', 'shape', length, { integer: true, min: 1 }),
    1,
  );
  if (inputs.length !== labels.length * size) {
    throw expected(
      'examplesFromArrays',
      'inputs',
      `${labels.length} examples of ${size} numbers (${labels.length * size} in all)`,
      `${inputs.length} numbers`,
    );
  }
  const bad = data.labels.length > 0 ? Array.from(data.labels).find((label) => !Number.isInteger(label) || label < 0) : undefined;
  if (bad !== undefined) throw expected('examplesFromArrays', 'labels', 'whole numbers from 0', bad);
  return {
    size: labels.length,
    labels,
    read: async (positions) => {
      const values = new Float32Array(positions.length * size);
      for (const [row, position] of positions.entries()) {
        checkNumber('examplesFromArrays', 'positions', position, { integer: true, min: 0, max: labels.length - 1 });
        values.set(inputs.subarray(position * size, (position + 1) * size), row * size);
      }
      const chosen = positions.map((position) => labels[position]!);
      return {
        ids: Int32Array.from(positions),
        inputs: tf.tensor(values, [positions.length, ...shape]),
        labels: tf.tensor1d(chosen, 'int32') as Tensor1D,
      };
    },
  };
}
