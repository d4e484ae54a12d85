/**
 * DDN, decoupled direction and norm: steps along the unit gradient of the cross-entropy on a sphere around the input, whose radius shrinks
 * by a factor after every success and grows after every failure. delta <- delta + s g / |g|; r <- r (1 - gamma) where the
 * last point fooled the model, r (1 + gamma) where not; delta <- r delta / |delta|, then the box. s falls from 1 to 0.01 by a cosine.
 *
 * Source: "Decoupling direction and norm for efficient gradient-based L2 adversarial attacks and defenses", J. Rony, L. G. Hafemann,
 * L. S. Oliveira, I. Ben Ayed, R. Sabourin, E. Granger, 2019 (arXiv 1811.09600). The last point is looked at too, which the authors' code
 * leaves out.
 */
import {
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  crossEntropy,
  defineAttack,
  euclidean,
  expected,
  perExample,
  type StepAttack,
  unit,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `ddn`. */
export interface DdnOptions {
  /** One gradient evaluation each. @default 100 */
  readonly steps?: number;
  /** The radius of the first sphere, in input units. @default 1 */
  readonly initialRadius?: number;
  /** By how much the radius changes a step. @default 0.05 */
  readonly gamma?: number;
  /** Rounds every point to this many values between the bounds, such as 256 for images of 8 bits. @default none */
  readonly levels?: number;
}

type DdnState = { readonly rows: { readonly adversarial: Tensor; readonly radius: Tensor1D } };

const lastStepSize = 0.01;

/**
 * @example
 * perturb(ddn({ steps: 300 }), { model, inputs, goal, threat: { norm: l2(), epsilon: Infinity }, seed: 0 });
 */
export function ddn(options: DdnOptions = {}): StepAttack {
  checkKeys('ddn', options, ['steps', 'initialRadius', 'gamma', 'levels']);
  const steps = checkNumber('ddn', 'steps', options.steps ?? 100, { integer: true, min: 1 });
  const initialRadius = checkNumber('ddn', 'initialRadius', options.initialRadius ?? 1, { above: 0 });
  const gamma = checkNumber('ddn', 'gamma', options.gamma ?? 0.05, { min: 0, max: 0.99 });
  const { levels } = options;
  if (levels !== undefined) checkNumber('ddn', 'levels', levels, { integer: true, min: 2 });
  const loss = crossEntropy();
  return defineAttack<DdnState>({
    card: {
      name: 'ddn',
      norms: ['l2'],
      budget: 'minimum',
      access: 'gradients',
      goals: ['misclassify', 'target', 'change'],
      paper:
        'Decoupling direction and norm for efficient gradient-based L2 adversarial attacks and defenses (Rony et al. 2019, arXiv 1811.09600)',
    },
    steps,
    init: ({ inputs }) => ({ rows: { adversarial: inputs, radius: tf.fill([inputs.shape[0] ?? 0], initialRadius) as Tensor1D } }),
    step: ({ rows }, problem, { index }) => {
      const { inputs, bounds, oracle } = problem;
      const { gradient, logits } = oracle.ascent(rows.adversarial, loss);
      const factor = tf.sub(1 + gamma, tf.mul(oracle.reached(logits), 2 * gamma));
      const wished = tf.mul(rows.radius, factor) as Tensor1D;
      const radius = Number.isFinite(bounds[1] - bounds[0]) ? (tf.minimum(wished, farthest(problem)) as Tensor1D) : wished;
      const size = lastStepSize + ((1 - lastStepSize) * (1 + Math.cos((Math.PI * index) / steps))) / 2;
      const moved = tf.add(tf.sub(rows.adversarial, inputs), tf.mul(directionOf(gradient, problem, index), size));
      const onSphere = tf.mul(unit(moved, euclidean(moved)), perExample(radius, moved));
      const point = clipToBox(tf.add(inputs, onSphere), bounds);
      return { rows: { adversarial: levels === undefined ? point : rounded(point, problem, levels), radius } };
    },
  });
}

/** The unit gradient; a direction by chance where there is none. */
function directionOf(gradient: Tensor, { noise, inputs }: AttackProblem, index: number): Tensor {
  const length = euclidean(gradient);
  const flat = tf.cast(tf.lessEqual(length, 0), 'float32') as Tensor1D;
  const chance = noise.stream('direction', index).normal(inputs.shape.slice(1));
  return choose(flat, unit(chance, euclidean(chance)), unit(gradient, length));
}

/** The distance to the farthest corner of the box. */
function farthest({ inputs, bounds: [lower, upper] }: AttackProblem): Tensor1D {
  return euclidean(tf.maximum(tf.sub(inputs, lower), tf.sub(upper, inputs)));
}

function rounded(point: Tensor, { bounds: [lower, upper] }: AttackProblem, levels: number): Tensor {
  if (!Number.isFinite(upper - lower)) throw expected('ddn', 'levels', 'left out where the bounds are infinite', levels);
  const width = (upper - lower) / (levels - 1);
  return tf.add(tf.mul(tf.round(tf.div(tf.sub(point, lower), width)), width), lower);
}
