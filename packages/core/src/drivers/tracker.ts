/**
 * Remembers, row by row, the best candidate an oracle was shown: inside ball and box, goal reached, and then the highest
 * margin (fixed budgets) or the smallest perturbation (minimum norm). Lives on the device; a row is read once, when it ends.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AttackProblem, StepAttack } from '../contract/attack';
import { marginOf } from '../losses/margin';
import { choose, clipToBox, flatten } from '../norms/per-example';
import { boxTolerance, withinRadius } from './checks';

/** Worse than every score; finite, because float32 arithmetic on it must stay so. */
const none = -1e30;

type Best = {
  /** `[n, ...shape]`: the clean input where nothing was found. */
  readonly candidate: Tensor;
  /** `[n]`: 1 where something was found. */
  readonly found: Tensor1D;
  /** `[n]`: the margin and the size of what was found. */
  readonly margin: Tensor1D;
  readonly distance: Tensor1D;
  /** What the attack orders candidates by; the size where it does not say. */
  readonly rank: Tensor1D;
};

export interface Tracker {
  readonly best: Best;
  show(candidate: Tensor, logits: Tensor2D, problem: AttackProblem): void;
  /** Goes on with some rows only. */
  gather(positions: Tensor1D): void;
  dispose(): void;
}

/** What of an attack its tracker goes by. */
export type Kept = Pick<StepAttack, 'confidence' | 'rank'> & { readonly card: Pick<StepAttack['card'], 'budget'> };

export function createTracker(inputs: Tensor, { card: { budget }, confidence = 0, rank: rankOf }: Kept): Tracker {
  const n = inputs.shape[0] ?? 0;
  let best = keep(() => ({
    candidate: tf.clone(inputs),
    found: tf.zeros([n]) as Tensor1D,
    margin: tf.fill([n], none) as Tensor1D,
    distance: tf.fill([n], -none) as Tensor1D,
    rank: tf.fill([n], -none) as Tensor1D,
  }));
  const replace = (compute: (last: Best) => Best): void => {
    const last = best;
    best = keep(() => compute(last));
    tf.dispose(last);
  };
  return {
    get best() {
      return best;
    },
    show: (candidate, logits, problem) =>
      replace((last) => {
        const { threat, inputs: center, bounds, oracle, goal } = problem;
        const distance = threat.norm.size(tf.sub(candidate, center));
        const margin = marginOf(logits, goal, () => problem.cleanLogits);
        const strayed = tf.max(tf.abs(flatten(tf.sub(candidate, clipToBox(candidate, bounds)))), 1);
        // The nearest is kept, and whether it fits is seen at the end; by another rank, what fits must not lose to what does not.
        const reach = budget === 'fixed' || rankOf ? withinRadius(threat.epsilon) : -none;
        // Comparisons with NaN are false: a candidate that is not finite is never allowed.
        const allowed = tf.logicalAnd(tf.lessEqual(distance, reach), tf.lessEqual(strayed, boxTolerance));
        const reached = tf.logicalAnd(tf.greater(oracle.reached(logits, confidence), 0), allowed);
        const rank = rankOf ? rankOf(candidate, problem) : distance;
        const improved = budget === 'fixed' ? tf.greater(margin, last.margin) : tf.less(rank, last.rank);
        const better = tf.logicalAnd(reached, improved);
        const mask = tf.cast(better, 'float32') as Tensor1D;
        return {
          candidate: choose(mask, candidate, last.candidate),
          found: tf.maximum(last.found, mask) as Tensor1D,
          margin: tf.where(better, margin, last.margin) as Tensor1D,
          distance: tf.where(better, distance, last.distance) as Tensor1D,
          rank: tf.where(better, rank, last.rank) as Tensor1D,
        };
      }),
    gather: (positions) =>
      replace((last) => ({
        candidate: tf.gather(last.candidate, positions),
        found: tf.gather(last.found, positions),
        margin: tf.gather(last.margin, positions),
        distance: tf.gather(last.distance, positions),
        rank: tf.gather(last.rank, positions),
      })),
    dispose: () => {
      tf.dispose(best);
    },
  };
}

/** Out of every tidy: the tracker outlives the step it is shown something in. */
function keep(compute: () => Best): Best {
  return tf.tidy(() => {
    const result = compute();
    for (const tensor of Object.values(result)) tf.keep(tensor);
    return result;
  });
}
