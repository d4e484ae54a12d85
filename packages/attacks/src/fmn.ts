/**
 * FMN, the fast minimum-norm attack: ascends the margin inside a ball whose radius adapts, until it is as small as it can be. Before
 * the first success r <- |delta| + |margin| / |g|*; after it r <- min(r (1 - gamma), |best|) where the last point fooled the
 * model, r (1 + gamma) where not; delta <- P_r(delta + s g / |g|_2). s and gamma fall by a cosine. Under l0 radii are whole
 * numbers and change by one at least.
 *
 * Source: "Fast minimum-norm adversarial attacks through adaptive norm constraints", M. Pintor, F. Roli, W. Brendel, B. Biggio, 2021
 * (arXiv 2102.12827). P is the joint projection onto ball and box under l1 too, where the authors' code clips afterwards; the last
 * point is looked at, which it leaves out.
 */
import {
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  defineAttack,
  euclidean,
  margin,
  type StepAttack,
  unit,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `fmn`. */
export interface FmnOptions {
  /** One gradient evaluation each. @default 100 */
  readonly steps?: number;
  /** The length of the first step, in input units by the Euclidean norm; the last is a hundredth of it. @default 1 */
  readonly stepSize?: number;
  /** By how much the radius changes at first; 0.001 at the end. @default 0.05 */
  readonly gamma?: number;
}

type FmnState = {
  readonly rows: {
    readonly adversarial: Tensor;
    readonly radius: Tensor1D;
    /** The smallest perturbation so far that fooled the model; `none` where there is no such. */
    readonly best: Tensor1D;
  };
};

const none = 1e30;
const tiny = 1e-12;
const lastGamma = 0.001;

/**
 * @example
 * perturb(fmn({ steps: 200 }), { model, inputs, goal, threat: { norm: linf(), epsilon: Infinity }, seed: 0 });
 */
export function fmn(options: FmnOptions = {}): StepAttack {
  checkKeys('fmn', options, ['steps', 'stepSize', 'gamma']);
  const steps = checkNumber('fmn', 'steps', options.steps ?? 100, { integer: true, min: 1 });
  const stepSize = checkNumber('fmn', 'stepSize', options.stepSize ?? 1, { above: 0 });
  const firstGamma = checkNumber('fmn', 'gamma', options.gamma ?? 0.05, { min: lastGamma, max: 0.99 });
  const falling = (from: number, to: number, index: number): number => to + ((from - to) * (1 + Math.cos((Math.PI * index) / steps))) / 2;
  const loss = margin();
  return defineAttack<FmnState>({
    card: {
      name: 'fmn',
      norms: ['linf', 'l2', 'l1', 'l0'],
      budget: 'minimum',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper: 'Fast minimum-norm adversarial attacks through adaptive norm constraints (Pintor et al. 2021, arXiv 2102.12827)',
    },
    steps,
    init: ({ inputs, threat }) => {
      const n = inputs.shape[0] ?? 0;
      const radius = tf.fill([n], threat.norm.name === 'l0' ? 1 : none) as Tensor1D;
      return { rows: { adversarial: inputs, radius, best: tf.fill([n], none) as Tensor1D } };
    },
    step: ({ rows }, problem, { index }) => {
      const { inputs, bounds, oracle, threat } = problem;
      const { loss: lead, gradient, logits } = oracle.ascent(rows.adversarial, loss);
      const fooled = oracle.reached(logits);
      const size = threat.norm.size(tf.sub(rows.adversarial, inputs));
      const best = choose(fooled, tf.minimum(rows.best, size) as Tensor1D, rows.best);
      const gamma = falling(firstGamma, lastGamma, index);
      const wished = radii[threat.norm.name === 'l0' ? 'counted' : 'measured'](
        { ...rows, best, size, fooled, lead, gradient, gamma },
        problem,
      );
      const radius = tf.minimum(wished, farthest(problem)) as Tensor1D;
      const moved = tf.add(rows.adversarial, tf.mul(unit(gradient, euclidean(gradient)), falling(stepSize, stepSize / 100, index)));
      return { rows: { adversarial: threat.norm.project(moved, inputs, radius, bounds), radius, best } };
    },
  });
}

type Seen = {
  readonly radius: Tensor1D;
  readonly best: Tensor1D;
  readonly size: Tensor1D;
  readonly fooled: Tensor1D;
  readonly lead: Tensor1D;
  readonly gradient: Tensor;
  readonly gamma: number;
};

/** The next radius, `[n]`. */
const radii = {
  measured: ({ radius, best, size, fooled, lead, gradient, gamma }: Seen, { threat }: AttackProblem): Tensor1D => {
    const toBoundary = tf.div(tf.abs(lead), tf.add(threat.norm.dualSize(gradient), tiny));
    const found = tf.cast(tf.less(best, none), 'float32') as Tensor1D;
    const larger = choose(found, tf.mul(radius, 1 + gamma) as Tensor1D, tf.add(size, toBoundary) as Tensor1D);
    return choose(fooled, tf.minimum(tf.mul(radius, 1 - gamma), best) as Tensor1D, larger);
  },
  counted: ({ radius, best, fooled, gamma }: Seen): Tensor1D => {
    const smaller = tf.minimum(tf.minimum(tf.sub(radius, 1), tf.floor(tf.mul(radius, 1 - gamma))), best) as Tensor1D;
    const larger = tf.maximum(tf.add(radius, 1), tf.floor(tf.mul(radius, 1 + gamma))) as Tensor1D;
    return tf.maximum(choose(fooled, smaller, larger), 1) as Tensor1D;
  },
};

/** The size of the largest perturbation that the box allows. */
function farthest({ inputs, threat, bounds: [lower, upper] }: AttackProblem): Tensor1D | number {
  if (threat.norm.name === 'l0') return threat.norm.size(tf.onesLike(inputs));
  if (!Number.isFinite(upper - lower)) return none;
  return threat.norm.size(tf.maximum(tf.sub(inputs, lower), tf.sub(upper, inputs)));
}
