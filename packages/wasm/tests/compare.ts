/** Shared by the tests of this package: the same computation on the cpu and the wasm backend, and how far apart the answers are. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import * as tf from '@tensorflow/tfjs-core';

export interface Example {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Numbers between `low` and `high` that depend on the seed alone (a linear congruential generator, good enough for test data). */
export function example(shape: readonly number[], seed: number, low = -1, high = 1): Example {
  let state = seed * 2654435761 + 12345;
  const size = shape.reduce((product, length) => product * length, 1);
  const values = Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * state) / 2 ** 32;
  });
  return { values, shape };
}

export type Computation = (inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** Runs on one backend; the answer is in plain arrays, and nothing stays on the heap. */
export async function runOn(backend: 'cpu' | 'wasm', computation: Computation, examples: readonly Example[]): Promise<number[][]> {
  await tf.setBackend(backend);
  if (backend === 'wasm') dirtyTheHeap();
  return tf.tidy(() => {
    const inputs = examples.map(({ values, shape }) => tf.tensor(values, [...shape]));
    return [computation(inputs)].flat().map((output) => [...output.dataSync()]);
  });
}

/** Leaves large numbers in freed memory, so that a kernel that forgets to clear its output is found out. */
function dirtyTheHeap(): void {
  const blocks = Array.from({ length: 14 }, (_, power) => tf.fill([2 ** power], 777));
  for (const block of blocks) block.dispose();
}

/** The largest difference over the largest number of the reference, or over `least` where that is smaller. */
export function relativeError(
  reference: readonly (readonly number[])[],
  answer: readonly (readonly number[])[],
  least: number = Number.MIN_VALUE,
): number {
  let difference = 0;
  let scale = least;
  reference.forEach((row, index) => {
    if (row.length !== answer[index]!.length) difference = Number.POSITIVE_INFINITY;
    row.forEach((value, column) => {
      if (Object.is(value, answer[index]![column])) return;
      const distance = Math.abs(value - answer[index]![column]!);
      difference = Math.max(difference, Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance);
      // An infinity would make every other difference small.
      if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
    });
  });
  return difference === 0 ? 0 : difference / scale;
}

/** How far wasm is from cpu. */
export async function disagreement(computation: Computation, ...examples: Example[]): Promise<number> {
  return relativeError(await runOn('cpu', computation, examples), await runOn('wasm', computation, examples));
}

/**
 * How far wasm is from cpu where each number of the result is a sum of `terms` products of numbers in [-1, 1]: over a tenth of what such
 * sums come to, where chance has made the few that are finite smaller still.
 */
export async function disagreementOfSums(terms: number, computation: Computation, ...examples: Example[]): Promise<number> {
  const least = 0.1 * Math.sqrt(terms);
  return relativeError(await runOn('cpu', computation, examples), await runOn('wasm', computation, examples), least);
}

/** The output and all its gradients, the output weighted by fixed numbers of both signs. */
export function withGradients(operation: (...inputs: tf.Tensor[]) => tf.Tensor): Computation {
  return (inputs) => {
    const output = operation(...inputs);
    const weights = tf.sin(tf.reshape(tf.range(1, output.size + 1), output.shape));
    return [output, ...tf.grads((...varied: tf.Tensor[]) => tf.sum(tf.mul(operation(...varied), weights)) as tf.Scalar)(inputs)];
  };
}
