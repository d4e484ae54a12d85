/**
 * DeepFool: from one linearised decision boundary to the next. With f_k = z_k - z_y for the likeliest other classes k and w_k its
 * gradient, s the class of least |f_k| / |w_k|*: r <- r + (|f_s| / |w_s|* + 1e-4) d, d the direction of unit size along which f_s
 * grows fastest, x = clip(x0 + (1 + overshoot) r), until the model is fooled.
 *
 * Source: "DeepFool: a simple and accurate method to fool deep neural networks", S.-M. Moosavi-Dezfooli, A. Fawzi, P. Frossard, 2016
 * (arXiv 1511.04599). As in the authors' code the overshoot is part of every iterate, and 1e-4 is added to every step. The sum r is
 * not clipped to the box.
 */
import {
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  defineAttack,
  margin,
  type Plan,
  perExample,
  plan,
  type StepAttack,
} from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { nearestPlane } from './nearest-plane';

/** Options of `deepfool`: its steps, and the classes it looks at. */
export interface DeepfoolOptions {
  /** For each two forward passes and a gradient for each candidate but the first. @default 50 */
  readonly steps?: number;
  /** The likeliest classes, the example's own among them; all where there are fewer. @default 10 */
  readonly candidates?: number;
  /** Share of the perturbation by which every iterate goes beyond what was computed. @default 0.02 */
  readonly overshoot?: number;
}

type DeepfoolState = {
  readonly rows: {
    readonly adversarial: Tensor;
    /** The sum of the steps. */
    readonly moved: Tensor;
    readonly done: Tensor1D;
  };
};

/** Beyond every boundary: the iterate would come to rest in front of one that is curved. */
const beyond = 1e-4;

/**
 * A first guess at the smallest perturbation, in few steps; it stops at the first point that fools the model.
 *
 * @example
 * deepfool({ candidates: 10 });
 */
export function deepfool(options: DeepfoolOptions = {}): Plan {
  checkKeys('deepfool', options, ['steps', 'candidates', 'overshoot']);
  const candidates = checkNumber('deepfool', 'candidates', options.candidates ?? 10, { integer: true, min: 2 });
  const { card } = deepfoolTowards(1, options);
  return plan({ card, plan: ({ classes }) => deepfoolTowards(Math.min(candidates, classes) - 1, options) });
}

function deepfoolTowards(count: number, options: DeepfoolOptions): StepAttack {
  const steps = checkNumber('deepfool', 'steps', options.steps ?? 50, { integer: true, min: 1 });
  const overshoot = checkNumber('deepfool', 'overshoot', options.overshoot ?? 0.02, { min: 0 });
  const rivals = Array.from({ length: count }, (_, i) => margin({ towards: i + 2 }));
  return defineAttack<DeepfoolState>({
    card: {
      name: 'deepfool',
      norms: ['linf', 'l2'],
      budget: 'minimum',
      access: 'gradients',
      goals: ['misclassify', 'change'],
      paper: 'DeepFool: a simple and accurate method to fool deep neural networks (Moosavi-Dezfooli et al. 2016, arXiv 1511.04599)',
    },
    steps,
    init: ({ inputs, oracle, cleanLogits }) => ({
      rows: { adversarial: inputs, moved: tf.zerosLike(inputs), done: oracle.reached(cleanLogits) },
    }),
    step: ({ rows: { adversarial: x, moved, done } }, { oracle, inputs, threat, bounds }) => {
      const { losses, gradients } = oracle.ascents(x, rivals);
      const { normal, distance } = nearestPlane(losses, gradients, threat.norm);
      const direction = threat.norm.steepest(normal, x, bounds);
      const sum = tf.add(moved, tf.mul(direction, perExample(tf.add(distance, beyond) as Tensor1D, x)));
      const next = choose(done, x, clipToBox(tf.add(inputs, tf.mul(sum, 1 + overshoot)), bounds));
      // The driver is done with such rows; an ascent in training is not, and leaves them where they are.
      const fooled = tf.maximum(done, oracle.reached(oracle.logits(next))) as Tensor1D;
      return { rows: { adversarial: next, moved: sum, done: fooled } };
    },
  });
}
