/**
 * What makes a figure of an attack unreliable, looked for before and after the attacks: the flags of AutoAttack as values. A finding
 * changes nothing; it says what was seen and what to do about it.
 *
 * Source of the flags: "RobustBench: a standardized adversarial robustness benchmark", F. Croce et al., 2021 (arXiv 2010.09670), and the
 * documentation of AutoAttack ("Reliable evaluation of adversarial robustness with an ensemble of diverse parameter-free attacks",
 * F. Croce, M. Hein, 2020, arXiv 2003.01690).
 */
import {
  checkNumber,
  createNoise,
  euclidean,
  freeFailedTape,
  type Model,
  marginOf,
  type Noise,
  perExample,
  type ThreatModel,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * `figure` belongs to the code. `not-finite`, `zero-gradients`: examples. `randomised`: the largest distance between two answers scaled to
 * length one. `probabilities`: the largest deviation of a sum from 1. `gradient-inside`: gradients taken in a forward pass.
 * `few-classes`: classes. `no-gradient`: examples looked at. `square-beats-gradients`: the share of the examples that only Square broke.
 */
export type Finding = {
  readonly code:
    | 'not-finite'
    | 'randomised'
    | 'probabilities'
    | 'gradient-inside'
    | 'few-classes'
    | 'no-gradient'
    | 'zero-gradients'
    | 'square-beats-gradients';
  readonly figure: number;
  /** What was seen, and what to do. */
  readonly message: string;
};

/** What `inspectModel` looks at. */
export interface Inspection {
  /** `[n, ...model.inputShape]`; a batch is enough. */
  readonly inputs: Tensor;
  readonly labels: Tensor1D;
  readonly threat: ThreatModel;
  readonly seed: number;
  /** The examples' ids, which key the noise. @default 0 .. n - 1 */
  readonly ids?: Int32Array;
}

/** Passes that must agree, and how far they may be apart for rounding; as in AutoAttack. */
const passes = 5;
const apart = 1e-4;
const sumTolerance = 1e-5;
/** Square may add as much of robust accuracy by chance. */
const squareTolerance = 0.002;

/**
 * Looks at a model before it is attacked: `passes` + 2 forward passes and one gradient. The findings, in the order of their codes.
 *
 * @example
 * for (const { message } of await inspectModel(model, { inputs, labels, threat, seed: 0 })) console.warn(message);
 */
export async function inspectModel(model: Model, { inputs, labels, threat, seed, ids }: Inspection): Promise<readonly Finding[]> {
  checkNumber('inspectModel', 'seed', seed, { integer: true });
  const n = inputs.shape[0] ?? 0;
  const noise = createNoise(seed, ids ?? Int32Array.from({ length: n }, (_, i) => i)).stream('inspect');
  const answer = (pass: number): Tensor2D => model.logits(inputs, { mode: 'inference', noise: noise.stream('pass', pass) });
  const seen = {
    notFinite: await figure(() => tf.sum(tf.cast(tf.logicalNot(tf.all(tf.isFinite(answer(0)), 1)), 'float32'))),
    apart: await figure(() => spreadOf(Array.from({ length: passes }, (_, pass) => answer(pass)))),
    probabilities: await figure(() => distanceFromProbabilities(answer(0))),
    inside: gradientsInside(() => answer(0)),
    ...(await slopes(() => figure(() => flatExamples(model, { inputs, labels, threat }, noise)))),
  };
  const findings: (Finding | false)[] = [
    seen.notFinite > 0 && {
      code: 'not-finite',
      figure: seen.notFinite,
      message: `${seen.notFinite} of ${n} clean examples have logits that are not finite numbers. They never count as fooled: mend the model first.`,
    },
    seen.apart > apart && {
      code: 'randomised',
      figure: seen.apart,
      message: `Answers to the same input differ by up to ${seen.apart.toPrecision(2)}: the model draws random numbers. Attack its average: AutoAttack's version 'rand', or eot around any attack.`,
    },
    seen.probabilities < sumTolerance && {
      code: 'probabilities',
      figure: seen.probabilities,
      message:
        'The outputs are between 0 and 1 and sum to 1: these look like probabilities, whose gradients vanish. Give the model without its softmax.',
    },
    seen.inside > 0 && {
      code: 'gradient-inside',
      figure: seen.inside,
      message: `A forward pass takes ${seen.inside} gradient(s) of its own: the defence changes with its input. Attacks made for fixed models may overestimate it: attack it adaptively.`,
    },
    model.classes < 4 && {
      code: 'few-classes',
      figure: model.classes,
      message: `With ${model.classes} classes the ${model.classes < 3 ? 'difference of logits ratio is' : 'targeted difference of logits ratio is'} not defined. apgd-t ascends the plain difference of logits instead; apgd-dlr ${model.classes < 3 ? 'cannot run' : 'runs without targets'}.`,
    },
    seen.obstacle !== undefined && {
      code: 'no-gradient',
      figure: n,
      message: `The model has no gradient for its inputs (${seen.obstacle}). Attacks by gradients cannot run: use Square, labels-only attacks and transfer.`,
    },
    seen.flat > 0 && {
      code: 'zero-gradients',
      figure: seen.flat,
      message: `${seen.flat} of ${n} examples have a gradient of exactly zero near the input. Attacks by gradients cannot move there: rely on Square and on transfer for them.`,
    },
  ];
  return findings.filter((finding) => finding !== false);
}

/**
 * Whether Square broke more than chance what attacks by gradients left standing; then gradients were masked.
 * `before` and `after` are counts of examples standing without Square and with it.
 *
 * @example
 * squareFinding({ before: 912, after: 890, examples: 1000 });
 */
export function squareFinding(counts: { readonly before: number; readonly after: number; readonly examples: number }): Finding | undefined {
  const { before, after, examples } = counts;
  checkNumber('squareFinding', 'examples', examples, { integer: true, min: 1 });
  const share = (before - after) / examples;
  if (share <= squareTolerance) return undefined;
  return {
    code: 'square-beats-gradients',
    figure: share,
    message: `Square, which uses no gradients, broke ${before - after} of ${examples} examples that attacks by gradients left standing: gradients are masked, and the accuracy is likely still too high. Raise Square's queries and attack adaptively.`,
  };
}

/** A model without a gradient is a finding, not a failure of the inspection. */
async function slopes(count: () => Promise<number>): Promise<{ readonly flat: number; readonly obstacle?: string }> {
  try {
    return { flat: await count() };
  } catch (cause) {
    if (!(cause instanceof Error) || !/gradient/i.test(cause.message)) throw cause;
    return { flat: 0, obstacle: cause.message.split('\n')[0]!.replace(/\.$/, '') };
  }
}

async function figure(compute: () => Tensor): Promise<number> {
  const scalar = tf.tidy(compute);
  try {
    return (await scalar.data())[0]!;
  } finally {
    scalar.dispose();
  }
}

/** The largest distance between two answers to one example, each scaled to length 1. */
function spreadOf(answers: readonly Tensor2D[]): Tensor {
  const scaled = answers.map((logits) => tf.div(logits, perExample(tf.add(euclidean(logits), 1e-10) as Tensor1D, logits)));
  const pairs = scaled.flatMap((one, i) => scaled.slice(i + 1).map((other) => tf.max(euclidean(tf.sub(one, other)))));
  return pairs.reduce((worst, next) => tf.maximum(worst, next));
}

/** 0 where all outputs are probabilities. */
function distanceFromProbabilities(logits: Tensor2D): Tensor {
  const outside = tf.max(tf.maximum(tf.sub(logits, 1), tf.neg(logits)));
  return tf.maximum(outside, tf.max(tf.abs(tf.sub(tf.sum(logits, 1), 1))));
}

/** How many gradients a pass takes: counted at the one door through which all of them go. */
function gradientsInside(pass: () => Tensor): number {
  const engine = tf.engine() as unknown as { gradients: (...parts: unknown[]) => unknown };
  const own = Object.hasOwn(engine, 'gradients');
  const { gradients } = engine;
  let count = 0;
  engine.gradients = (...parts) => {
    count += 1;
    return gradients.apply(engine, parts);
  };
  try {
    tf.tidy(() => {
      pass();
    });
  } finally {
    if (own) engine.gradients = gradients;
    else delete (engine as { gradients?: unknown }).gradients;
  }
  return count;
}

/** Examples, right when clean, at which the margin has no slope at all: a random point of the ball stands for its surroundings. */
function flatExamples(model: Model, { inputs, labels, threat }: Pick<Inspection, 'inputs' | 'labels' | 'threat'>, noise: Noise): Tensor {
  const { norm } = threat;
  const epsilon = Number.isFinite(threat.epsilon) ? threat.epsilon : 0;
  const near = norm.project(norm.sample(inputs, epsilon, noise.stream('near')), inputs, epsilon, model.bounds);
  const forward = (x: Tensor): Tensor2D => model.logits(x, { mode: 'inference', noise: noise.stream('pass', 0) });
  const clean = forward(inputs);
  const slope = freeFailedTape(() => tf.grad((x: Tensor) => marginOf(forward(x), { kind: 'misclassify', labels }, () => clean))(near));
  const isFlat = tf.equal(tf.max(tf.abs(tf.reshape(slope, [inputs.shape[0] ?? 0, -1])), 1), 0);
  const isRight = tf.equal(tf.cast(tf.argMax(clean, 1), 'int32'), tf.cast(labels, 'int32'));
  return tf.sum(tf.cast(tf.logicalAnd(isFlat, isRight), 'float32'));
}
