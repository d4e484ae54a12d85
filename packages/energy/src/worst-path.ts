/**
 * The attack that looks for the path of most energy: projected steepest ascent of D_K(x, z - x) in its end z. The gradient
 * is first-order: with l_k the loss at x + k (z - x) / K it is the sum over k of
 * 2 K ((l_k - l_(k-1)) - (l_(k+1) - l_k)) (k / K) grad l_k, without the second bracket at the end.
 */
import {
  type AdversarialLoss,
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  crossEntropy,
  defineAttack,
  perExample,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pointOn } from './path-objective';

/** Options of `worstPath`: the steps of the ascent, the segments and the loss of the energy that it ascends. */
export interface WorstPathOptions {
  /** K gradient evaluations each; the start takes three forward passes, one of them the clean one. @default 5 */
  readonly steps?: number;
  /** K, the segments of the path. @default 2 */
  readonly segments?: number;
  /** Whose energy is ascended. @default crossEntropy() */
  readonly loss?: AdversarialLoss;
}

/**
 * From a random start, on the side of x where the loss is higher, steps of 2.5 epsilon / steps. The end is where the energy
 * of the path was ascended to, whether or not the loss is large there: as an attack on the prediction it is a weak one.
 *
 * @example
 * pathEnergy({ adversary: { attack: worstPath(), threat, on: 'labelled' } });
 */
export function worstPath(options: WorstPathOptions = {}): StepAttack {
  checkKeys('worstPath', options, ['steps', 'segments', 'loss']);
  const steps = checkNumber('worstPath', 'steps', options.steps ?? 5, { integer: true, min: 1 });
  const segments = checkNumber('worstPath', 'segments', options.segments ?? 2, { integer: true, min: 1 });
  const { loss = crossEntropy() } = options;
  return defineAttack({
    card: {
      name: 'worst-path',
      norms: ['linf', 'l2', 'l1'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'On model robustness against adversarial examples (Zhang et al. 2019, arXiv 1911.06479); our reading',
    },
    steps,
    init: (problem) => {
      const { inputs, threat, noise, bounds, oracle } = problem;
      const within = (candidate: Tensor): Tensor => threat.norm.project(candidate, inputs, threat.epsilon, bounds);
      const one = within(threat.norm.sample(inputs, threat.epsilon, noise.stream('start')));
      const other = within(tf.sub(tf.mul(2, inputs), one));
      const lossAt = (candidate: Tensor): Tensor1D => loss(oracle.logits(candidate), problem);
      // The loss can fall to 0 only, but rise without end: a path that begins downhill has little to gain.
      const higher = tf.cast(tf.greaterEqual(lossAt(one), lossAt(other)), 'float32') as Tensor1D;
      return { rows: { adversarial: choose(higher, one, other), clean: loss(problem.cleanLogits, problem) } };
    },
    step: ({ rows: { adversarial, clean } }, problem) => {
      const { threat, inputs, bounds } = problem;
      const gradient = energyGradient(problem, adversarial, clean!, segments, loss);
      const moved = tf.add(adversarial, tf.mul(threat.norm.steepest(gradient, adversarial, bounds), (2.5 / steps) * threat.epsilon));
      return { rows: { adversarial: threat.norm.project(moved, inputs, threat.epsilon, bounds), clean } };
    },
  });
}

/** Of D_K(x, z - x) for z, up to a positive factor for each example, which no direction depends on. */
function energyGradient({ oracle, inputs }: AttackProblem, end: Tensor, clean: Tensor, segments: number, loss: AdversarialLoss): Tensor {
  const passes = Array.from({ length: segments }, (_, k) => oracle.ascent(pointOn(inputs, end, (k + 1) / segments), loss));
  const losses = [clean, ...passes.map((pass) => pass.loss)];
  const rises = losses.slice(1).map((value, k) => tf.sub(value, losses[k]!));
  const bends = tf.stack(rises.map((rise, k) => tf.mul(rises[k + 1] ? tf.sub(rise, rises[k + 1]!) : rise, k + 1)));
  // Of size one: where a model is confident, the product of two small numbers would be none.
  const shares = tf.unstack(tf.div(bends, tf.maximum(tf.max(tf.abs(bends), 0), 1e-30))) as Tensor1D[];
  return passes.map(({ gradient }, k) => tf.mul(gradient, perExample(shares[k]!, gradient))).reduce((total, part) => tf.add(total, part));
}
