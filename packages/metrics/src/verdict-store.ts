/** Verdicts outside of the device: kept between processes, and put together from parts. */
import { type Attacked, type Batch, GroundstateError, type Model } from '@groundstate/core';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** What one attack found on one batch, one example after the other. Numbers as they were, so that nothing is lost. */
export type StoredVerdict = {
  readonly adversarial: Float32Array;
  readonly success: Float32Array;
  readonly distance: Float32Array;
  readonly logits: Float32Array;
  readonly forwards: Int32Array;
  readonly backwards: Int32Array;
  readonly by: Int32Array;
};

/**
 * Where `evaluate` keeps the verdicts of a batch that is not finished. `write` resolves once the verdict is safe: the cursor that
 * names it is given out afterwards. What `read` does not have is attacked again.
 */
export interface VerdictStore {
  /** What was written under this key; nothing where there is no such, or no more. */
  read(key: string): Promise<StoredVerdict | undefined>;
  /** Keeps a verdict under this key, in the place of any other. */
  write(key: string, verdict: StoredVerdict): Promise<void>;
  /** It may be gone already. */
  remove(key: string): Promise<void>;
}

export async function stored({ adversarial, success, distance, logits, forwards, backwards, by }: Attacked): Promise<StoredVerdict> {
  const [first, second, third, fourth] = await Promise.all([adversarial.data(), success.data(), distance.data(), logits.data()]);
  const floats = { adversarial: first, success: second, distance: third, logits: fourth };
  const copies = Object.fromEntries(Object.entries(floats).map(([name, values]) => [name, Float32Array.from(values)]));
  return { ...(copies as Record<keyof typeof floats, Float32Array>), forwards, backwards, by };
}

export function restored(verdict: StoredVerdict, batch: Pick<Batch, 'inputs'>, { classes }: Pick<Model, 'classes'>): Attacked {
  const { adversarial, success, distance, logits, forwards, backwards, by } = verdict;
  const n = batch.inputs.shape[0] ?? 0;
  const lengths = { adversarial: batch.inputs.size, success: n, distance: n, logits: n * classes, forwards: n, backwards: n, by: n };
  for (const [name, length] of Object.entries(lengths)) {
    const got = verdict[name as keyof StoredVerdict].length;
    if (got === length) continue;
    throw new GroundstateError(
      'corrupt',
      `evaluate: expected \`store.${name}\` to hold ${length} numbers for ${n} examples, got ${got}. Begin anew, without the cursor.`,
    );
  }
  return {
    adversarial: tf.tensor(adversarial, batch.inputs.shape),
    success: tf.tensor1d(success) as Tensor1D,
    distance: tf.tensor1d(distance) as Tensor1D,
    logits: tf.tensor2d(logits, [n, classes]) as Tensor2D,
    forwards,
    backwards,
    by,
  };
}
