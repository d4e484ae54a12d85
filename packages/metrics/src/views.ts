/**
 * The logits that a metric looks at, by name: `clean`, each attack of the evaluation, and each adversary the metric was
 * given. A verdict holds the clean input wherever its attack failed; an adversary's last iterate is taken as it is.
 */
import { type Adversary, ascend, checkKeys, expected, type Observation } from '@groundstate/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** What a metric of logits looks at besides the clean examples and the verdicts. */
export interface ViewOptions {
  /**
   * By the name they shall have in the value: their last iterates are looked at, too, where the model resisted as well. Each
   * costs its attack and one forward pass an example, for each metric that has it. @default none
   */
  readonly adversaries?: Readonly<Record<string, Adversary>>;
}

export type View = {
  readonly name: string;
  /** `classes` values for each example, one example after the other. */
  readonly logits: Float32Array;
};

/** Checks the options and returns how the views of an observation are read. */
export function viewsFor(owner: string, options: ViewOptions, otherKeys: readonly string[] = []): (seen: Observation) => Promise<View[]> {
  checkKeys(owner, options, ['adversaries', ...otherKeys]);
  const adversaries = Object.entries(options.adversaries ?? {});
  for (const [name, { on }] of adversaries) {
    if (name === 'clean' || name === 'worst') throw expected(owner, 'adversaries', "named other than 'clean' and 'worst'", name);
    if (on !== 'labelled')
      throw expected(owner, `adversaries.${name}.on`, "'labelled'", on, 'It is seen on the examples of the evaluation.');
  }
  return async (seen) => {
    const taken = adversaries.find(([name]) => name in seen.attacked);
    if (taken) throw expected(owner, 'adversaries', "named other than the evaluation's attacks", taken[0]);
    const views: View[] = [];
    const read = async (name: string, logits: Tensor2D): Promise<void> => {
      views.push({ name, logits: Float32Array.from(await logits.data()) });
    };
    await read('clean', seen.cleanLogits);
    for (const [name, { logits }] of Object.entries(seen.attacked)) await read(name, logits);
    for (const [name, adversary] of adversaries) {
      const logits = lastLogits(seen, name, adversary);
      try {
        await read(name, logits);
      } finally {
        logits.dispose();
      }
    }
    return views;
  };
}

function lastLogits({ model, batch, noise }: Observation, name: string, { attack, threat, mode = 'inference' }: Adversary): Tensor2D {
  const { inputs, labels } = batch;
  return tf.tidy(() => {
    const goal = { kind: 'misclassify', labels } as const;
    const end = ascend(attack, { model, inputs, goal, threat, noise: noise.stream('adversary', name), mode });
    return tf.clone(model.logits(end, { mode: 'inference' }));
  });
}

/** The logits of one example; `undefined` where one of them is NaN or infinite. */
export function finiteRow(logits: Float32Array, row: number, classes: number): Float32Array | undefined {
  const values = logits.subarray(row * classes, (row + 1) * classes);
  return values.every(Number.isFinite) ? values : undefined;
}
