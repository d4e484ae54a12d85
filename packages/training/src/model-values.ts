/** Everything that a model holds, weights and buffers, under one name each: to keep it, to give it back, to lend it. */
import { GroundstateError, type TrainableModel } from '@groundstate/core';
import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

type Named<T> = Readonly<Record<string, T>>;

/** Named `weights/...` and `buffers/...`. */
export function variablesOf({ weights, buffers }: TrainableModel): Named<Variable> {
  const named = (group: string, variables: Named<Variable>): [string, Variable][] =>
    Object.entries(variables).map(([name, variable]) => [`${group}/${name}`, variable]);
  return Object.fromEntries([...named('weights', weights), ...named('buffers', buffers)]);
}

/** Of the caller's own. Takes no memory until the originals change. */
export function copied(tensors: Named<Tensor>): NamedTensorMap {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)]));
}

export function assignValues(model: TrainableModel, values: Named<Tensor>): void {
  for (const [name, variable] of Object.entries(variablesOf(model))) variable.assign(values[name]!);
}

/** Lends the model other values while `use` runs; however that ends, it has its own again afterwards. */
export async function withValues<T>(model: TrainableModel, values: Named<Tensor> | undefined, use: () => Promise<T>): Promise<T> {
  if (!values) return use();
  const own = copied(variablesOf(model));
  assignValues(model, values);
  try {
    return await use();
  } finally {
    assignValues(model, own);
    tf.dispose(own);
  }
}

/** Checkpoints and averages hold float32 alone: anything else would come back changed. */
export function checkFloat32(tensors: Named<Tensor>, group = ''): void {
  for (const [name, { dtype }] of Object.entries(tensors)) {
    if (dtype === 'float32') continue;
    throw new GroundstateError(
      'unsupported',
      `fit: expected \`${group}${name}\` to be float32, got ${dtype}. A checkpoint holds float32 alone; a count is exact in it up to 2^24.`,
    );
  }
}
