/** A training run at rest: everything that decides what comes next. Plain data; how it is stored is somebody else's. */
import type { TrainableModel } from '@groundstate/core';
import { GroundstateError } from '@groundstate/core';
import type { NamedTensorMap, Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { History } from './history';
import type { OptimiserState } from './optimiser';

export type StoredTensor = { readonly shape: readonly number[]; readonly values: Float32Array };

/** What must be the same for a run to go on as if it had never stopped. */
export type RunIdentity = {
  readonly model: string;
  readonly defence: string;
  readonly adversaries: string;
  readonly descent: string;
  readonly optimiser: string;
  readonly learningRate: string;
  readonly seed: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly examples: number;
};

/** Where the run stands. */
export type Position = {
  /** The epoch it is in, from 0, and how many of its batches are done. */
  readonly epoch: number;
  readonly batch: number;
  /** Optimiser updates so far. */
  readonly optimiserStep: number;
  /** Sums over the examples of this epoch, for the history. */
  readonly sums: { readonly [term: string]: number };
  readonly seen: number;
};

export type Checkpoint = {
  readonly run: RunIdentity;
  readonly position: Position;
  readonly history: History;
  /** Named `weights/...`, `buffers/...`, `optimiser/...`, `memory/...`. */
  readonly tensors: { readonly [name: string]: StoredTensor };
};

/** Reads everything a model, an optimiser and a descent hold. */
export async function collectTensors(
  model: TrainableModel,
  optimiser: OptimiserState,
  memory: NamedTensorMap,
): Promise<Checkpoint['tensors']> {
  const groups: [string, Readonly<Record<string, Tensor>>][] = [
    ['weights', model.weights],
    ['buffers', model.buffers],
    ['optimiser', optimiser.slots],
    ['memory', memory],
  ];
  const stored: Record<string, StoredTensor> = {};
  for (const [group, tensors] of groups) {
    for (const [name, tensor] of Object.entries(tensors)) {
      stored[`${group}/${name}`] = { shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
    }
  }
  return stored;
}

/** The tensors of one group, by their own names, as new tensors of the caller's. */
export function restoreGroup(checkpoint: Checkpoint, group: 'optimiser' | 'memory'): NamedTensorMap {
  const own = Object.entries(checkpoint.tensors).filter(([name]) => name.startsWith(`${group}/`));
  return Object.fromEntries(own.map(([name, { shape, values }]) => [name.slice(group.length + 1), tf.tensor(values, [...shape])]));
}

/** Checks that the checkpoint is of this run and this model, and only then sets the model's variables. */
export function restoreModel(checkpoint: Checkpoint, model: TrainableModel, run: RunIdentity): void {
  for (const key of Object.keys(run) as (keyof RunIdentity)[]) {
    if (checkpoint.run[key] === run[key]) continue;
    throw new GroundstateError(
      'invalid-argument',
      `fit: expected \`resume\` to be a checkpoint of this very run, got one with ${key} ${JSON.stringify(checkpoint.run[key])} ` +
        `instead of ${JSON.stringify(run[key])}. Use the settings it was made with, or start anew without \`resume\`.`,
    );
  }
  const variables: [string, Variable][] = [
    ...Object.entries(model.weights).map(([name, variable]): [string, Variable] => [`weights/${name}`, variable]),
    ...Object.entries(model.buffers).map(([name, variable]): [string, Variable] => [`buffers/${name}`, variable]),
  ];
  for (const [name, variable] of variables) {
    const stored = checkpoint.tensors[name];
    if (stored && stored.shape.join() === variable.shape.join()) continue;
    const got = stored ? `shape [${stored.shape.join(', ')}]` : 'nothing';
    throw new GroundstateError(
      'invalid-argument',
      `fit: expected \`resume\` to hold ${name} of shape [${variable.shape.join(', ')}], got ${got}. The model is not the one it was saved from.`,
    );
  }
  const known = new Set(variables.map(([name]) => name));
  const unknown = Object.keys(checkpoint.tensors).find((name) => /^(weights|buffers)\//.test(name) && !known.has(name));
  if (unknown !== undefined) {
    throw new GroundstateError(
      'invalid-argument',
      `fit: expected \`resume\` to hold what ${model.name} has, got ${unknown} as well. The model is not the one it was saved from.`,
    );
  }
  for (const [name, variable] of variables) {
    const { shape, values } = checkpoint.tensors[name]!;
    const value = tf.tensor(values, [...shape]);
    variable.assign(value);
    value.dispose();
  }
}
