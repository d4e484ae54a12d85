/** The rows an attack still works on: which examples they are, and their share of everything the problem holds. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Goal } from '../contract/attack';
import type { Noise } from '../contract/noise';

export type Rows = {
  /** Positions in the batch that `perturb` was given. */
  readonly positions: Int32Array;
  readonly inputs: Tensor;
  readonly cleanLogits: Tensor2D;
  readonly goal: Goal;
  readonly noise: Noise;
};

/** A new set of rows, with tensors of its own; `kept` are positions within `rows`. */
export function gatherRows(rows: Rows, kept: Int32Array): Rows {
  const [inputs, cleanLogits, classes] = tf.tidy(() => {
    const index = tf.tensor1d(kept, 'int32');
    const { goal } = rows;
    const some = goal.kind === 'misclassify' ? goal.labels : goal.kind === 'target' ? goal.classes : undefined;
    return [tf.gather(rows.inputs, index), tf.gather(rows.cleanLogits, index), ...(some ? [tf.gather(some, index)] : [])];
  });
  return {
    positions: Int32Array.from(kept, (i) => rows.positions[i]!),
    inputs: inputs!,
    cleanLogits: cleanLogits as Tensor2D,
    goal: withClasses(rows.goal, classes as Tensor1D | undefined),
    noise: rows.noise.rows(kept),
  };
}

export function disposeRows(rows: Rows): void {
  tf.dispose([rows.inputs, rows.cleanLogits]);
  if (rows.goal.kind === 'misclassify') rows.goal.labels.dispose();
  if (rows.goal.kind === 'target') rows.goal.classes.dispose();
}

function withClasses(goal: Goal, classes: Tensor1D | undefined): Goal {
  if (goal.kind === 'change' || !classes) return { kind: 'change' };
  return goal.kind === 'misclassify' ? { kind: 'misclassify', labels: classes } : { kind: 'target', classes };
}
