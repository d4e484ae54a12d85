/**
 * Robust accuracy when every adversarial example is stored as an image file stores it, in levels of a few bits: perturbations
 * that live between two levels do not survive.
 */
import { checkKeys, checkNumber, choose, type Metric, type Model, type ThreatModel, withinRadius } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { correctOnClean } from './correctness';
import { joined } from './named';
import { count } from './standing';
import { type Proportion, wilson } from './wilson';

/** How adversarial examples are rounded, and which ball they must not leave. */
export interface RoundingOptions {
  readonly threat: ThreatModel;
  /** Levels: 2 ^ bits, from one bound of the model to the other. @default 8 */
  readonly bits?: number;
}

type State = { readonly n: number; readonly standing: { readonly [attack: string]: number } };

/**
 * Each level is the nearest; an example that leaves the ball by that is rounded towards the clean one instead, coordinate by
 * coordinate. Where it is still outside (the clean example is not made of levels itself) it does not count as fooled. One or two
 * forward passes for each attack.
 *
 * @example
 * evaluate(model, examples, { metrics: [robustAfterRounding({ threat })], attacks: { pgd: pgd() }, threat, seed: 0 });
 */
export function robustAfterRounding(
  options: RoundingOptions,
): Metric<State, { readonly worst: Proportion; readonly [attack: string]: Proportion }, 'robustAfterRounding'> {
  checkKeys('robustAfterRounding', options, ['threat', 'bits']);
  const bits = checkNumber('robustAfterRounding', 'bits', options.bits ?? 8, { integer: true, min: 1, max: 16 });
  return {
    name: 'robustAfterRounding',
    init: () => ({ n: 0, standing: {} }),
    update: async ({ n, standing }, seen) => {
      const right = await correctOnClean(seen);
      const worst = Uint8Array.from(right);
      const added: Record<string, number> = {};
      for (const [name, { adversarial, success }] of Object.entries(seen.attacked)) {
        const verdict = tf.tidy(() => {
          const rounded = roundWithin(adversarial, seen.batch.inputs, { ...options, bits, model: seen.model });
          return tf.logicalAnd(
            tf.logicalAnd(tf.greater(success, 0), rounded.inside),
            isWrong(seen.model, rounded.inputs, seen.batch.labels),
          );
        });
        const fooled = await verdict.data();
        verdict.dispose();
        added[name] = count(right.map((value, row) => (value && !fooled[row] ? 1 : 0)));
        for (const [row, value] of fooled.entries()) if (value) worst[row] = 0;
      }
      return { n: n + right.length, standing: joined(standing, { ...added, worst: count(worst) }, add) };
    },
    merge: (left, right) => ({ n: left.n + right.n, standing: joined(left.standing, right.standing, add) }),
    compute: ({ n, standing }) => ({
      ...Object.fromEntries(Object.entries(standing).map(([name, value]) => [name, wilson(value, n)])),
      worst: wilson(standing.worst ?? 0, n),
    }),
  };
}

type Rounding = { readonly threat: ThreatModel; readonly bits: number; readonly model: Pick<Model, 'bounds'> };

function roundWithin(
  adversarial: Tensor,
  clean: Tensor,
  { threat: { norm, epsilon }, bits, model }: Rounding,
): { readonly inputs: Tensor; readonly inside: Tensor } {
  const [lower, upper] = model.bounds;
  const step = (upper - lower) / (2 ** bits - 1);
  const levels = tf.div(tf.sub(adversarial, lower), step);
  const valueAt = (rounded: Tensor): Tensor => tf.add(tf.mul(rounded, step), lower);
  const isInside = (inputs: Tensor): Tensor1D => tf.lessEqual(norm.size(tf.sub(inputs, clean)), withinRadius(epsilon)) as Tensor1D;
  const nearest = valueAt(tf.round(levels));
  // A value that is a level but for float32 must not fall to the next one.
  const slack = 1e-3;
  const inwards = tf.where(tf.greater(adversarial, clean), tf.floor(tf.add(levels, slack)), tf.ceil(tf.sub(levels, slack)));
  const inputs = choose(tf.cast(isInside(nearest), 'float32') as Tensor1D, nearest, valueAt(inwards));
  return { inputs, inside: isInside(inputs) };
}

/** By finite logits: NaN is no class. */
function isWrong(model: Model, inputs: Tensor, labels: Tensor1D): Tensor {
  const logits = model.logits(inputs, { mode: 'inference' });
  const other = tf.notEqual(tf.cast(tf.argMax(logits, 1), 'int32'), tf.cast(labels, 'int32'));
  return tf.logicalAnd(other, tf.logicalNot(tf.any(tf.isNaN(logits), 1)));
}

const add = (left: number, right: number): number => left + right;
