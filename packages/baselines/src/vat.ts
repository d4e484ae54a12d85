/**
 * Virtual adversarial training: mean l(x) + weight * mean KL(p(x) || p(x + r)) over labelled and unlabelled examples, r the
 * direction in which the prediction turns fastest: d ~ N(0, 1), then d <- grad_d KL(p(x) || p(x + xi unit(d))), and
 * r = epsilon unit(d). No labels are needed for it. p(x) is held constant, as in the authors' code.
 *
 * Source: "Virtual adversarial training: a regularization method for supervised and semi-supervised learning", T. Miyato,
 * S. Maeda, M. Koyama, S. Ishii, 2018 (arXiv 1704.03976).
 */
import {
  type Adversary,
  checkKeys,
  checkNumber,
  cleanLoss,
  clipToBox,
  type Defence,
  defineAttack,
  expected,
  kl,
  klOf,
  type Objective,
  type Schedule,
  type StepAttack,
  type StepContext,
  scale,
  steadyMode,
  sum,
  type ThreatModel,
} from '@groundstate/core';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkThreat } from './check-threat';
import { type WarmUpOptions, warmUpOf } from './warm-up';

/** Options of `virtualAdversarialAttack`: the search for the direction of fastest change. */
export interface VirtualAdversarialAttackOptions {
  /** How far from x the direction is looked for, l2 in input units: see `vat`. @default 0.01 */
  readonly xi?: number;
  /** Power iterations; one gradient evaluation each. @default 1 */
  readonly iterations?: number;
  /** Clip x + r to the model's bounds, so that r may end shorter than epsilon; the original does not. @default false */
  readonly clip?: boolean;
}

/** Options of `vat`: the ball, and the search for the direction of fastest change. */
export interface VatOptions extends WarmUpOptions, VirtualAdversarialAttackOptions {
  /** The length of r: l2, in the units of the inputs. */
  readonly threat: ThreatModel;
  /** Weight of the divergence, or a schedule of it. @default 1 */
  readonly weight?: number | Schedule;
  /** Add the mean entropy of the predictions (EntMin): they are to be sure of themselves. @default false */
  readonly entropy?: boolean;
}

/**
 * What the authors' code trains with, semi-supervised; weight 1, one iteration. Their inputs: SVHN as (X - 127.5) / 255 of
 * bytes X, so epsilon is that of [0, 1] too; CIFAR-10 ZCA-whitened, and epsilon is a length in the whitened space.
 * `augmented`: SVHN with translations, CIFAR-10 with translations and flips.
 */
export const vatSettings = {
  svhn: { norm: 'l2', epsilon: 2.5, iterations: 1, weight: 1, inputs: 'pixels', labels: 1000 },
  svhnAugmented: { norm: 'l2', epsilon: 3.5, iterations: 1, weight: 1, inputs: 'pixels', labels: 1000 },
  cifar10: { norm: 'l2', epsilon: 10, iterations: 1, weight: 1, inputs: 'whitened', labels: 4000 },
  cifar10Augmented: { norm: 'l2', epsilon: 8, iterations: 1, weight: 1, inputs: 'whitened', labels: 4000 },
} as const;

/**
 * Gradient evaluations a step, for n labelled and m unlabelled examples: n for the cross-entropy, `iterations` (n + m) for
 * the direction, n + m for the divergence, and for the entropy m, or with batch statistics n + m where m is not 0.
 *
 * The extra passes run with batch statistics and leave the moving averages alone.
 *
 * xi stands for a limit: the smaller the better but for rounding. In float32 the authors' 1e-6 is lost: the direction it
 * gives has a median cosine of 0.1 to 0.6 with the true one (small convolutional networks trained on MNIST and CIFAR-10,
 * inputs of length 9 and 29, float32 beside float64). At 0.01 rounding costs nothing (the worst twentieth is still at
 * 1.0000), and the step itself leaves 98 % of the directions within 0.99 of the limit with relu, all of them with softplus;
 * at 0.1 with relu it is 86 to 92 %.
 *
 * @example
 * vat({ threat: { norm: l2(), epsilon: 2.5 } });
 */
export function vat(options: VatOptions): Defence {
  checkKeys('vat', options, ['threat', 'weight', 'xi', 'iterations', 'entropy', 'clip', 'warmUp']);
  const threat = checkThreat('vat', options.threat, ['l2']);
  const { weight = 1, entropy = false } = options;
  if (typeof weight === 'number') checkNumber('vat', 'weight', weight, { min: 0 });
  const attack = powerIteration('vat', options);
  const adversary: Adversary = { attack, threat, on: 'all', mode: 'batch-statistics', ...warmUpOf('vat', options) };
  const stable = scale(weight, virtualAdversarialLoss(adversary));
  return entropy
    ? { name: 'vat-entmin', objective: sum(cleanLoss(), stable, entropyLoss()) }
    : { name: 'vat', objective: sum(cleanLoss(), stable) };
}

type Constants = { readonly clean: Tensor2D; readonly adversarial: Tensor };

/**
 * mean KL(p(x) || p(x')) over labelled and unlabelled examples together, p(x) held constant. One gradient evaluation
 * beside the adversary's own, and one forward pass, in which an adversary of this mode finds its clean prediction too.
 *
 * @example
 * sum(cleanLoss(), virtualAdversarialLoss({ attack, threat, on: 'all', mode: 'batch-statistics' }));
 */
export function virtualAdversarialLoss(adversary: Adversary): Objective<Constants> {
  if (adversary?.on !== 'all') {
    throw expected(
      'virtualAdversarialLoss',
      'adversary.on',
      "'all'",
      adversary?.on,
      'Without unlabelled examples these are the labelled ones.',
    );
  }
  return {
    name: 'virtual-adversarial-loss',
    terms: ['virtualAdversarialLoss'],
    adversaries: [adversary],
    prepare: (context) => ({
      clean: context.model.logits(context.all().inputs, { mode: 'batch-statistics' }),
      adversarial: context.adversarial(adversary),
    }),
    evaluate: ({ model }, { clean, adversarial }) => ({
      virtualAdversarialLoss: tf.mean(klOf(clean, model.logits(adversarial, { mode: 'batch-statistics' }))) as Scalar,
    }),
  };
}

/**
 * The mean entropy of the predictions, over labelled and unlabelled examples together: EntMin.
 *
 * Source: "Semi-supervised learning by entropy minimization", Y. Grandvalet, Y. Bengio, 2005 (NIPS 17).
 *
 * @example
 * sum(cleanLoss(), entropyLoss());
 */
export function entropyLoss(): Objective<void> {
  return {
    name: 'entropy-loss',
    terms: ['entropy'],
    evaluate: (context) => {
      const logP = tf.logSoftmax(logitsOfAll(context), 1);
      return { entropy: tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logP), logP), 1))) as Scalar };
    },
  };
}

/** Shared with the clean loss wherever a second pass would be the same: the averages may then move, once. */
function logitsOfAll({ model, labelled, unlabelled, all }: StepContext): Tensor2D {
  if (unlabelled && steadyMode(model) === 'inference') return model.logits(all().inputs, { mode: 'batch-statistics' });
  const batches = unlabelled ? [labelled, unlabelled] : [labelled];
  return tf.concat(batches.map(({ inputs }) => model.logits(inputs, { mode: 'training' }))) as Tensor2D;
}

/**
 * The attack of `vat` by itself, for other objectives that need no labels: one gradient evaluation an iteration. Where the
 * divergence has no gradient at all, r is zero, as in the authors' code.
 *
 * @example
 * virtualAdversarialLoss({ attack: virtualAdversarialAttack(), threat, on: 'all', mode: 'batch-statistics' });
 */
export function virtualAdversarialAttack(options: VirtualAdversarialAttackOptions = {}): StepAttack {
  checkKeys('virtualAdversarialAttack', options, ['xi', 'iterations', 'clip']);
  return powerIteration('virtualAdversarialAttack', options);
}

function powerIteration(owner: string, options: VirtualAdversarialAttackOptions): StepAttack {
  const xi = checkNumber(owner, 'xi', options.xi ?? 0.01, { above: 0 });
  const iterations = checkNumber(owner, 'iterations', options.iterations ?? 1, { integer: true, min: 1 });
  const { clip = false } = options;
  const loss = kl();
  return defineAttack({
    card: {
      name: 'virtual-adversarial',
      norms: ['l2'],
      budget: 'fixed',
      access: 'gradients',
      goals: ['misclassify', 'change'],
      paper: 'Virtual adversarial training (Miyato et al. 2018, arXiv 1704.03976)',
    },
    steps: iterations,
    init: ({ inputs, noise, threat, bounds }) => {
      const drawn = noise.stream('direction').normal(inputs.shape.slice(1));
      return { rows: { adversarial: inputs, direction: threat.norm.steepest(drawn, inputs, bounds) } };
    },
    step: ({ rows: { direction } }, { inputs, oracle, threat, bounds }) => {
      const near = tf.add(inputs, tf.mul(direction, xi));
      const turned = threat.norm.steepest(oracle.ascent(near, loss).gradient, inputs, bounds);
      const moved = tf.add(inputs, tf.mul(turned, threat.epsilon));
      return { rows: { adversarial: clip ? clipToBox(moved, bounds) : moved, direction: turned } };
    },
  });
}
