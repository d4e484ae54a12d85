/** Observations made by hand, and an attack for the kits. */
import {
  type Adversary,
  type Attacked,
  ascent,
  createNoise,
  defineAttack,
  type Json,
  linf,
  type Metric,
  type Model,
  type Observation,
  type StepAttack,
} from '@groundstate/core';
import { linearModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export function littleAttack(steps = 3): StepAttack {
  const card = { name: 'little', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
  return defineAttack({ card, ...ascent({ steps, randomStart: false }) });
}

export type Row = {
  /** Of the two classes; the label is always class 1. */
  readonly logits: readonly [number, number];
  /** By attack: whether it fooled the model, and with how large a perturbation. */
  readonly fooled?: Readonly<Record<string, number | undefined>>;
  /** The logits of every attack's verdict; zeros unless said. */
  readonly attackedLogits?: readonly [number, number];
};

/** One batch of two classes, every label 1. Dispose of it. */
export function observation(rows: readonly Row[]): Observation & { dispose(): void } {
  const n = rows.length;
  const ids = Int32Array.from({ length: n }, (_, i) => i);
  const batch = { ids, inputs: tf.zeros([n, 2]), labels: tf.ones([n], 'int32') as Tensor1D };
  const cleanLogits = tf.tensor2d(
    rows.map(({ logits }) => [...logits]),
    [n, 2],
  );
  const attacked: Record<string, Attacked> = {};
  for (const name of Object.keys(rows[0]?.fooled ?? {})) {
    const distances = rows.map(({ fooled }) => fooled?.[name]);
    attacked[name] = {
      adversarial: tf.zeros([n, 2]),
      success: tf.tensor1d(distances.map((distance) => (distance === undefined ? 0 : 1))),
      distance: tf.tensor1d(distances.map((distance) => distance ?? 0)),
      logits: tf.tensor2d(
        rows.map(({ attackedLogits = [0, 0] }) => [...attackedLogits]),
        [n, 2],
      ),
      forwards: new Int32Array(n),
      backwards: new Int32Array(n),
      by: new Int32Array(n),
    };
  }
  const dispose = (): void => {
    tf.dispose([batch.inputs, batch.labels, cleanLogits]);
    for (const { adversarial, success, distance, logits } of Object.values(attacked)) tf.dispose([adversarial, success, distance, logits]);
  };
  return { model: linearModel([1, 1], 0), batch, cleanLogits, attacked, noise: createNoise(0, ids), dispose };
}

/** What a metric says of one observation, which is disposed of. */
export async function figuresOf<State extends Json, Value extends Json>(
  metric: Metric<State, Value>,
  seen: Observation & { dispose(): void },
): Promise<Value> {
  const value = metric.compute(await metric.update(metric.init(), seen));
  seen.dispose();
  return value;
}

/** A model, its inputs and their labels, not attacked. Dispose of it. */
export function observe(
  model: Model,
  inputs: readonly (readonly number[])[],
  labels: readonly number[],
): Observation & { dispose(): void } {
  const ids = Int32Array.from(inputs.keys());
  const points = tf.tensor2d(inputs.map((input) => [...input]));
  const batch = { ids, inputs: points, labels: tf.tensor1d([...labels], 'int32') as Tensor1D };
  const cleanLogits = tf.tidy(() => model.logits(points));
  const dispose = (): void => {
    tf.dispose([points, batch.labels, cleanLogits]);
  };
  return { model, batch, cleanLogits, attacked: {}, noise: createNoise(0, ids), dispose };
}

/** An adversary that ends where it is told and looks at nothing. */
export function adversaryAt(end: (inputs: Tensor) => Tensor, epsilon: number): Adversary {
  const card = { name: 'fixed', norms: ['linf'], budget: 'fixed', access: 'logits', goals: ['misclassify'], paper: 'none' } as const;
  const attack = defineAttack({ card, steps: 0, init: ({ inputs }) => ({ rows: { adversarial: end(inputs) } }), step: (state) => state });
  return { attack, threat: { norm: linf(), epsilon }, on: 'labelled' };
}
