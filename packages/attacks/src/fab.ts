/**
 * FAB, the fast adaptive boundary attack: looks for the nearest point of another class by stepping onto the linearised decision
 * boundary, drawn towards the clean input. With d1, d2 the smallest moves within the box of the iterate x and the clean input x0 onto
 * that plane and a = min(alphaMax, |d1| / (|d1| + |d2|)): x <- clip((1 - a)(x + eta d1) + a (x0 + eta d2)); where that
 * fools the model, x <- x0 + beta (x - x0).
 *
 * Source: "Minimally distorted adversarial examples with a fast adaptive boundary attack", F. Croce, M. Hein, 2020
 * (arXiv 1907.02044).
 */
import {
  type AdversarialLoss,
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  defineAttack,
  flatten,
  margin,
  type Plan,
  perExample,
  plan,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { ontoHyperplane } from './hyperplane';
import { nearestPlane } from './nearest-plane';

/** Options of `fab` and of every run of `fabT`. */
export interface FabOptions {
  /** For each a forward pass, and a gradient for each class in question. @default 100 */
  readonly steps?: number;
  /** The most that a step is drawn towards the clean input. @default 0.1 */
  readonly alphaMax?: number;
  /** How far a step goes beyond the plane. @default 1.05 */
  readonly eta?: number;
  /** Share of the perturbation that is kept after a success. @default 0.9 */
  readonly beta?: number;
  /** Starts at half the budget from the clean input in a random direction; for restarts. @default false */
  readonly randomStart?: boolean;
}

type FabState = { readonly rows: { readonly adversarial: Tensor } };

/** Where a random start goes with a budget that has no end: the sizes that the authors' code assumes. */
const usualBudgets: Readonly<Record<string, number>> = { linf: 0.3, l2: 1, l1: 5 };
const optionNames = ['steps', 'alphaMax', 'eta', 'beta', 'randomStart'] as const;
const tiny = 1e-12;

/**
 * Against all classes at once: a gradient for each wrong class and step. With many classes see `fabT`.
 *
 * @example
 * fab({ steps: 100 });
 */
export function fab(options: FabOptions = {}): Plan {
  checkKeys('fab', options, optionNames);
  const { card } = fabRun('fab', [margin()], options);
  return plan({
    card,
    plan: ({ classes }) => {
      const rivals = Array.from({ length: classes - 1 }, (_, i) => margin({ towards: i + 2 }));
      return fabRun('fab', rivals, options);
    },
  });
}

/** FAB on the planes of some losses, each the lead of a class over the label: the nearest is stepped onto. */
export function fabRun(name: string, rivals: readonly AdversarialLoss[], options: FabOptions): StepAttack {
  checkKeys(name, options, optionNames);
  const steps = checkNumber(name, 'steps', options.steps ?? 100, { integer: true, min: 1 });
  const alphaMax = checkNumber(name, 'alphaMax', options.alphaMax ?? 0.1, { min: 0, max: 1 });
  const eta = checkNumber(name, 'eta', options.eta ?? 1.05, { min: 1 });
  const beta = checkNumber(name, 'beta', options.beta ?? 0.9, { min: 0, max: 1 });
  return defineAttack<FabState>({
    card: {
      name,
      norms: ['linf', 'l2', 'l1'],
      budget: 'minimum',
      access: 'gradients',
      goals: ['misclassify', 'change'],
      paper: 'Minimally distorted adversarial examples with a fast adaptive boundary attack (Croce and Hein 2020, arXiv 1907.02044)',
    },
    steps,
    init: (problem) => ({ rows: { adversarial: options.randomStart ? awayFrom(problem) : problem.inputs } }),
    step: ({ rows: { adversarial: x } }, problem) => {
      const { inputs, threat, bounds, oracle } = problem;
      const { losses, gradients } = oracle.ascents(x, rivals);
      const { lead, normal } = nearestPlane(losses, gradients, threat.norm);
      const d1 = ontoHyperplane(x, { normal, excess: lead }, threat.norm.name, bounds);
      const behind = tf.sum(flatten(tf.mul(normal, tf.sub(inputs, x))), 1);
      const d2 = ontoHyperplane(inputs, { normal, excess: tf.add(lead, behind) as Tensor1D }, threat.norm.name, bounds);
      const [a1, a2] = [tf.maximum(threat.norm.size(d1), 1e-8), tf.maximum(threat.norm.size(d2), 1e-8)];
      const alpha = perExample(tf.minimum(tf.div(a1, tf.add(a1, a2)), alphaMax) as Tensor1D, x);
      const forward = tf.mul(tf.add(x, tf.mul(d1, eta)), tf.sub(1, alpha));
      const drawn = tf.mul(tf.add(inputs, tf.mul(d2, eta)), alpha);
      const next = clipToBox(tf.add(forward, drawn), bounds);
      const fooled = oracle.reached(oracle.logits(next));
      return { rows: { adversarial: choose(fooled, tf.add(inputs, tf.mul(tf.sub(next, inputs), beta)), next) } };
    },
  });
}

/** A point at half the budget, in a random direction. */
function awayFrom({ inputs, threat, noise, bounds }: AttackProblem): Tensor {
  const shape = inputs.shape.slice(1);
  const stream = noise.stream('start');
  const direction = threat.norm.name === 'linf' ? stream.uniform(shape, [-1, 1]) : stream.normal(shape);
  const size = tf.maximum(threat.norm.size(direction), tiny) as Tensor1D;
  const budget = Number.isFinite(threat.epsilon) ? threat.epsilon : usualBudgets[threat.norm.name]!;
  return clipToBox(tf.add(inputs, tf.mul(direction, perExample(tf.div(0.5 * budget, size) as Tensor1D, inputs))), bounds);
}
