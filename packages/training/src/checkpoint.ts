/** A training run at rest: everything that decides what comes next. Plain data; how it is stored is somebody else's. */
import { GroundstateError, type TrainableModel } from '@groundstate/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { CyclePosition } from './feed';
import type { History } from './history';
import { assignValues, checkFloat32, variablesOf } from './model-values';

/** A float32 tensor as plain data. */
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
  /** Those below are there where the run has them. Weights that weight decay spares. */
  readonly undecayed?: string;
  readonly stepsPerEpoch?: number;
  readonly clipNorm?: number;
  readonly averaging?: string;
  readonly unlabelled?: string;
  readonly augmentation?: string;
  readonly validation?: string;
  readonly select?: string;
  readonly stop?: string;
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
  /** With `clipNorm`, over the steps of this epoch: the sum of the gradients' norms, and how many were clipped. */
  readonly clipping?: Clipping;
  /** With `unlabelled`: where their own cycle stands. */
  readonly unlabelled?: CyclePosition;
};

/** What clipping did in the epoch at hand: the sum of the norms before it, and how many steps it shortened. */
export type Clipping = { readonly norms: number; readonly clipped: number; readonly steps: number };

/** Everything that a run needs to go on: what it is, where it stands, its history, its tensors. */
export type Checkpoint = {
  readonly run: RunIdentity;
  readonly position: Position;
  readonly history: History;
  /**
   * Named `weights/...`, `buffers/...`, `optimiser/...`, `memory/...`; with averaging also `average/weights/...` and
   * `average/buffers/...`, with validation `best/weights/...` and `best/buffers/...`.
   */
  readonly tensors: { readonly [name: string]: StoredTensor };
};

/** What a run keeps beside the model, group by group. */
export type Groups = { readonly [group in 'optimiser' | 'memory' | 'average' | 'best']: NamedTensorMap };

/** Reads everything that the model and the run hold. */
export async function collectTensors(model: TrainableModel, groups: Groups): Promise<Checkpoint['tensors']> {
  const own = Object.entries(groups).flatMap(([group, tensors]) =>
    Object.entries(tensors).map(([name, tensor]): [string, Tensor] => [`${group}/${name}`, tensor]),
  );
  const all: Readonly<Record<string, Tensor>> = { ...variablesOf(model), ...Object.fromEntries(own) };
  checkFloat32(all);
  const stored: Record<string, StoredTensor> = {};
  for (const [name, tensor] of Object.entries(all)) {
    stored[name] = { shape: tensor.shape, values: Float32Array.from(await tensor.data()) };
  }
  return stored;
}

/** The tensors of one group, by their own names, as new tensors of the caller's. */
export function restoreGroup(checkpoint: Checkpoint, group: keyof Groups): NamedTensorMap {
  const own = Object.entries(checkpoint.tensors).filter(([name]) => name.startsWith(`${group}/`));
  return Object.fromEntries(own.map(([name, { shape, values }]) => [name.slice(group.length + 1), tf.tensor(values, [...shape])]));
}

/** Checks that the checkpoint is of this run and this model, and only then sets the model's variables. */
export function restoreModel(checkpoint: Checkpoint, model: TrainableModel, run: RunIdentity): void {
  const word = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));
  for (const key of Object.keys({ ...run, ...checkpoint.run }) as (keyof RunIdentity)[]) {
    if (checkpoint.run[key] === run[key]) continue;
    throw new GroundstateError(
      'invalid-argument',
      `fit: expected \`resume\` to be a checkpoint of this very run, got one with ${key} ${word(checkpoint.run[key])} ` +
        `instead of ${word(run[key])}. Use the settings it was made with, or start anew without \`resume\`.`,
    );
  }
  const variables = Object.entries(variablesOf(model));
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
  tf.tidy(() => {
    const values = variables.map(([name]) => [name, tf.tensor(checkpoint.tensors[name]!.values, [...checkpoint.tensors[name]!.shape])]);
    assignValues(model, Object.fromEntries(values));
  });
}
