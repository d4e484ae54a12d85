/** Builds what an attack is given: the problem and its metered oracle. Both drivers use it; attacks never see the model. */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Ascent, Ascents, AttackProblem, Goal, Oracle } from '../contract/attack';
import type { Mode, Model } from '../contract/model';
import type { Bounds, Noise } from '../contract/noise';
import type { ThreatModel } from '../contract/norm';
import { referenceClass } from '../losses/classes';
import { marginOf } from '../losses/margin';
import { select } from '../norms/per-example';
import { freeFailedTape } from '../substrate/failed-tape';
import { pullBackThrough } from '../substrate/pull-back';

/** What the driver is told after every pass. Tensors are the driver's to read, not to keep. */
export interface Witness {
  forward(candidate: Tensor, logits: Tensor2D): void;
  backward(candidate: Tensor): void;
}

export interface ProblemParts {
  readonly model: Model;
  readonly inputs: Tensor;
  readonly bounds: Bounds;
  readonly goal: Goal;
  readonly threat: ThreatModel;
  readonly noise: Noise;
  /** @default a stream of `noise` */
  readonly layerNoise?: Noise;
  readonly mode: Mode;
  /** Called at most when something reads `problem.cleanLogits`. */
  readonly cleanLogits: () => Tensor2D;
}

export function createProblem(parts: ProblemParts, witness: Witness): AttackProblem {
  const { model, inputs, bounds, goal, threat, noise, mode, cleanLogits, layerNoise = noise.stream('layers') } = parts;
  const forward = (candidate: Tensor, draw?: number): Tensor2D =>
    model.logits(candidate, { mode, noise: draw === undefined ? layerNoise : layerNoise.stream('draw', draw) });
  const oracle: Oracle = {
    logits: (candidate, draw) => {
      const logits = forward(candidate, draw);
      witness.forward(candidate, logits);
      return logits;
    },
    ascent: (candidate, loss, draw) => {
      const ascent = ascentAt(
        candidate,
        (x) => forward(x, draw),
        (logits) => loss(logits, problem),
      );
      witness.forward(candidate, ascent.logits);
      witness.backward(candidate);
      return ascent;
    },
    ascents: (candidate, losses, draw) => {
      const found = ascentsAt(
        candidate,
        (x) => forward(x, draw),
        losses.map((loss) => (logits) => loss(logits, problem)),
      );
      witness.forward(candidate, found.logits);
      for (const _ of losses) witness.backward(candidate);
      return found;
    },
    reached: (logits, confidence = 0) => reachedBy(logits, goal, cleanLogits, confidence),
  };
  const problem: AttackProblem = {
    oracle,
    bounds,
    inputs,
    goal,
    threat,
    noise,
    get cleanLogits() {
      return cleanLogits();
    },
  };
  return problem;
}

/**
 * The same problem asked of another model: an attack then climbs that one. Nothing of it is counted or judged.
 * `cleanLogits`: of the other model, on the same inputs.
 *
 * @example
 * const elsewhere = problemOn(substitute, problem, substitute.logits(problem.inputs));
 */
export function problemOn(model: Model, problem: AttackProblem, cleanLogits: Tensor2D): AttackProblem {
  const { inputs, bounds, goal, threat, noise } = problem;
  const silent: Witness = { forward: () => {}, backward: () => {} };
  return createProblem({ model, inputs, bounds, goal, threat, noise, mode: 'inference', cleanLogits: () => cleanLogits }, silent);
}

/** One forward and one backward pass. A coordinate whose gradient is not finite is treated as flat, so that it cannot spoil the others. */
export function ascentAt(candidate: Tensor, forward: (x: Tensor) => Tensor2D, loss: (logits: Tensor2D) => Tensor1D): Ascent {
  let kept: Tensor2D | undefined;
  try {
    return tf.tidy(() => {
      // Of a vector tfjs takes the gradient of its sum: no kernel is spent on adding the losses up, and on spreading the slope 1 again.
      const gradientAt = tf.valueAndGrad((x: Tensor) => {
        const logits = forward(x);
        kept = tf.keep(tf.clone(logits));
        return loss(logits);
      });
      // A copy: the candidate may be the very tensor of the inputs, and the loss may read the clean logits for the first time,
      // which would then depend on it.
      const { value, grad } = freeFailedTape(() => gradientAt(tf.clone(candidate)));
      return { loss: value as Tensor1D, gradient: select(tf.isFinite(grad), grad, tf.zerosLike(grad)), logits: tf.clone(kept!) };
    });
  } finally {
    kept?.dispose();
  }
}

/**
 * One forward pass and a backward pass for each loss: the logits are on the tape once, and a slope at them is pulled back through
 * it again and again. The losses themselves are differentiated beside it, for the logits alone.
 */
export function ascentsAt(
  candidate: Tensor,
  forward: (x: Tensor) => Tensor2D,
  losses: readonly ((logits: Tensor2D) => Tensor1D)[],
): Ascents {
  return tf.tidy(() =>
    pullBackThrough(forward, candidate, (logits, pullBack) => {
      const slopes = losses.map((loss) => freeFailedTape(() => tf.valueAndGrad((z: Tensor) => loss(z as Tensor2D))(logits)));
      const gradients = slopes.map(({ grad }) => {
        const gradient = freeFailedTape(() => pullBack(grad));
        return select(tf.isFinite(gradient), gradient, tf.zerosLike(gradient));
      });
      return { losses: slopes.map(({ value }) => value as Tensor1D), gradients, logits };
    }),
  );
}

/** The goal's test, `[n]`: by the predicted class, or by a lead of more than `confidence`. Logits with a NaN never count. */
export function reachedBy(logits: Tensor2D, goal: Goal, cleanLogits: () => Tensor2D, confidence = 0): Tensor1D {
  return tf.tidy(() => {
    let met: Tensor;
    if (confidence > 0) met = tf.greater(marginOf(logits, goal, cleanLogits), confidence);
    else {
      const predicted = tf.cast(tf.argMax(logits, 1), 'int32');
      met =
        goal.kind === 'target'
          ? tf.equal(predicted, tf.cast(goal.classes, 'int32'))
          : tf.notEqual(predicted, tf.cast(referenceClass(goal, cleanLogits), 'int32'));
    }
    const finite = tf.logicalNot(tf.any(tf.isNaN(logits), 1));
    return tf.cast(tf.logicalAnd(met, finite), 'float32') as Tensor1D;
  });
}
