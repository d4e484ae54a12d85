/** The cascade: an attack is only run where all earlier ones failed, and its verdict is that of all of them so far. */
import type { Attacked, Batch, Model } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { restored, type StoredVerdict, stored } from './verdict-store';

/** Where an earlier attack succeeded, its verdict stands: no passes, and no member of this attack that did it. */
export async function attackSurvivors(
  earlier: Attacked,
  batch: Batch,
  model: Model,
  run: (part: Batch) => Promise<Attacked>,
): Promise<Attacked> {
  const last = await stored(earlier);
  const n = batch.ids.length;
  const survivors = Int32Array.from(last.success.keys()).filter((row) => !last.success[row]);
  const whole: StoredVerdict = { ...last, forwards: new Int32Array(n), backwards: new Int32Array(n), by: new Int32Array(n).fill(-1) };
  if (survivors.length === 0) return restored(whole, batch, model);
  const part = { ids: batch.ids.filter((_, row) => !last.success[row]), ...gathered(batch, survivors) };
  try {
    const verdict = await run(part);
    let found: StoredVerdict;
    try {
      found = await stored(verdict);
    } finally {
      const { adversarial, success, distance, logits } = verdict;
      tf.dispose([adversarial, success, distance, logits]);
    }
    for (const name of Object.keys(whole) as (keyof StoredVerdict)[]) {
      const size = whole[name].length / n;
      for (const [i, row] of survivors.entries()) whole[name].set(found[name].subarray(i * size, (i + 1) * size), row * size);
    }
    return restored(whole, batch, model);
  } finally {
    tf.dispose([part.inputs, part.labels]);
  }
}

function gathered({ inputs, labels }: Batch, rows: Int32Array): Pick<Batch, 'inputs' | 'labels'> {
  return tf.tidy(() => {
    const index = tf.tensor1d(rows, 'int32');
    return { inputs: tf.gather(inputs, index), labels: tf.gather(labels, index) as Tensor1D };
  });
}
