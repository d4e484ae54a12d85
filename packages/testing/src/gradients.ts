/** Gradients by central differences: the reference that needs nothing but the function itself. */
import type { TrainableModel } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** The gradient of a scalar function of `point`, coordinate by coordinate; float32 sets the best step at about 1e-2 of the scale. */
export async function finiteDifferences(evaluate: (point: Tensor) => Tensor, point: Tensor, step = 1e-2): Promise<Float32Array> {
  const values = Float32Array.from(await point.data());
  const gradient = new Float32Array(values.length);
  const at = async (index: number, shift: number): Promise<number> => {
    const moved = Float32Array.from(values);
    moved[index]! += shift;
    const result = tf.tidy(() => evaluate(tf.tensor(moved, point.shape)));
    const [value] = await result.data();
    result.dispose();
    return value!;
  };
  for (let i = 0; i < values.length; i++) gradient[i] = ((await at(i, step)) - (await at(i, -step))) / (2 * step);
  return gradient;
}

/** The same for every weight of a model: `evaluate` is called with the weight moved in place. */
export async function weightDifferences(
  model: TrainableModel,
  evaluate: () => Tensor,
  step = 1e-2,
): Promise<Readonly<Record<string, Float32Array>>> {
  const gradients: Record<string, Float32Array> = {};
  for (const [name, weight] of Object.entries(model.weights)) {
    const original = tf.clone(weight);
    gradients[name] = await finiteDifferences(
      (moved) => {
        weight.assign(moved);
        return evaluate();
      },
      original,
      step,
    );
    weight.assign(original);
    original.dispose();
  }
  return gradients;
}

/** The largest difference, relative to the largest entry of the reference. */
export function relativeError(values: ArrayLike<number>, reference: ArrayLike<number>): number {
  if (values.length !== reference.length) throw new Error(`relativeError: ${values.length} values beside ${reference.length}.`);
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < reference.length; i++) {
    largest = Math.max(largest, Math.abs(reference[i]!));
    const gap = Math.abs(values[i]! - reference[i]!);
    // Math.max would pass over a NaN.
    difference = Number.isNaN(gap) ? Number.NaN : Math.max(difference, gap);
  }
  return largest === 0 ? difference : difference / largest;
}
