/**
 * Accuracy on held-out examples after an epoch, clean and under a cheap attack: what the best epoch is chosen by.
 * A choice needs no strong attack, only one that ranks epochs; report final figures with a strong one on other examples.
 *
 * Source: "Overfitting in adversarially robust deep learning", L. Rice, E. Wong, J. Z. Kolter, 2020 (arXiv 2002.11569).
 */
import {
  type Attack,
  batches,
  checkKeys,
  checkNumber,
  type Examples,
  expected,
  type Model,
  perturb,
  type ThreatModel,
} from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `robustValidation`: who attacks what, and how often. */
export interface RobustValidationOptions {
  /** Held out: neither trained on nor those of the final figures. */
  readonly examples: Examples;
  readonly attack: Attack;
  readonly threat: ThreatModel;
  /** Epochs from one validation to the next; the last epoch always has one. @default 1 */
  readonly every?: number;
  /** Of the attack's draws, which are the same in every epoch. @default 0 */
  readonly seed?: number;
  /** @default 256 */
  readonly batchSize?: number;
}

/** What one validation found and cost. */
export type Validated = {
  /** Shares of the examples, 0 to 1. */
  readonly clean: number;
  readonly robust: number;
  /** Passes on single examples. */
  readonly forwards: number;
  readonly backwards: number;
};

/** What `fit` calls after epochs; `robustValidation` makes it. */
export interface Validation {
  /** With its settings: part of what a checkpoint is compared by. */
  readonly name: string;
  readonly every: number;
  /** Measures the model as it stands and leaves it so. */
  validate(model: Model, options?: { readonly signal?: AbortSignal | undefined }): Promise<Validated>;
}

/**
 * @example
 * const validation = robustValidation({ examples: heldOut, attack: pgd({ steps: 10 }), threat: { norm: linf(), epsilon: 8 / 255 } });
 * fit(model, examples, defence, { validation, epochs: 30, seed: 0 });
 */
export function robustValidation(options: RobustValidationOptions): Validation {
  checkKeys('robustValidation', options, ['examples', 'attack', 'threat', 'every', 'seed', 'batchSize']);
  const { examples, attack, threat } = options;
  const every = checkNumber('robustValidation', 'every', options.every ?? 1, { integer: true, min: 1 });
  const seed = checkNumber('robustValidation', 'seed', options.seed ?? 0, { integer: true });
  const size = checkNumber('robustValidation', 'batchSize', options.batchSize ?? 256, { integer: true, min: 1 });
  const { name, norms, goals } = attack.card;
  if (examples.size === 0) throw expected('robustValidation', 'examples', 'at least one example', 0);
  // Now, and not after the first epoch.
  if (!norms.includes(threat.norm.name)) {
    throw expected('robustValidation', 'threat.norm', `one of those of ${name} (${norms.join(', ')})`, threat.norm.name);
  }
  checkNumber('robustValidation', 'threat.epsilon', threat.epsilon, { min: 0 });
  if (!goals.includes('misclassify')) throw expected('robustValidation', 'attack', 'one that can misclassify', name);
  const budget = `${threat.norm.name} ${threat.epsilon}`;
  return {
    name: `${describeAttack(attack)}, ${budget}, ${examples.size} examples, every ${every}, seed ${seed}, batches of ${size}`,
    every,
    validate: async (model, { signal } = {}) => {
      let [right, held, forwards, backwards] = [0, 0, 0, 0];
      for await (const { ids, inputs, labels } of batches(examples, { size })) {
        try {
          const goal = { kind: 'misclassify', labels } as const;
          const { logits, ...verdict } = await perturb(
            attack,
            { model, inputs, ids, goal, threat, seed },
            { ...(signal ? { signal } : {}) },
          );
          try {
            const [success, finite] = await Promise.all([verdict.success.data(), finiteRows(logits)]);
            for (let row = 0; row < ids.length; row++) {
              // An input that needed no attack to be wrong has nobody to thank for it. Logits of NaN are never a right answer.
              const wrong = finite[row] === 0 || (success[row] === 1 && verdict.by[row]! < 0);
              if (!wrong) right++;
              if (!wrong && success[row] === 0) held++;
              forwards += verdict.forwards[row]!;
              backwards += verdict.backwards[row]!;
            }
          } finally {
            tf.dispose([logits, verdict.adversarial, verdict.success, verdict.distance]);
          }
        } finally {
          tf.dispose([inputs, labels]);
        }
      }
      return { clean: right / examples.size, robust: held / examples.size, forwards, backwards };
    },
  };
}

async function finiteRows(logits: tf.Tensor2D): Promise<Uint8Array | Int32Array | Float32Array> {
  const finite = tf.tidy(() => tf.all(tf.isFinite(logits), 1));
  try {
    return await finite.data();
  } finally {
    finite.dispose();
  }
}

function describeAttack(attack: Attack): string {
  const { name } = attack.card;
  if (attack.kind === 'plan') return name;
  return attack.kind === 'steps' ? `${name} x${attack.steps}` : `${name}(${attack.keep}: ${attack.members.map(describeAttack).join(', ')})`;
}
