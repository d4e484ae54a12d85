/** Observations made by hand, and an attack for the kits. */
import { type Attacked, ascent, createNoise, defineAttack, type Observation, type StepAttack } from '@groundstate/core';
import { linearModel } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
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
      logits: tf.zeros([n, 2]) as Tensor2D,
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
