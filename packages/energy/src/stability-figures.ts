/** The figures of a stability report for one batch: all that is known about the loss around an example, as tensors `[n]`. */
import {
  ascend,
  type Batch,
  crossEntropyOf,
  euclidean,
  freeFailedTape,
  klOf,
  type Model,
  type Noise,
  type StepAttack,
  type ThreatModel,
} from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { discretePathEnergy, pathVariation } from './discrete-path-energy';
import { pointOn } from './path-objective';
import { averageOf, lossesOf } from './subject';

/** Segments of the finest path, and points of the quadrature along it. */
export const finest = 8;

/** What is measured; the table says what each one means. */
export const figureNames = [
  'loss',
  'gap',
  'd1',
  'd2',
  'd4',
  'd8',
  'tv1',
  'tv2',
  'tv4',
  'tv8',
  'secondDifference',
  'pathEnergy',
  'pathBound',
  'gradient',
  'largestGradient',
  'ballEnergy',
  'kl',
  'predictionGap',
  'predictionD1',
  'virtualD1',
  'virtualD2',
  'virtualD4',
  'virtualD8',
  'jacobianBound',
  'fisherBound',
  'smoothedLoss',
  'smoothedEnergy',
] as const;
/** The figures that a `StabilityReport` has of every example. */
export type FigureName = (typeof figureNames)[number];

export interface FigureSettings {
  readonly threat: ThreatModel;
  readonly attack: StepAttack;
  readonly samples: number;
  readonly smoothing: number | undefined;
  readonly jacobian: boolean;
}

/** NaN stands for what was not asked for. Call it in a tidy. */
export function figuresOf(model: Model, { inputs, labels }: Batch, noise: Noise, settings: FigureSettings): Record<FigureName, Tensor1D> {
  const { threat, attack, samples, smoothing, jacobian } = settings;
  const { norm, epsilon } = threat;
  const goal = { kind: 'misclassify' as const, labels };
  const end = ascend(attack, { model, inputs, goal, threat, noise: noise.stream('path') });
  const r = tf.sub(end, inputs);
  const logits = Array.from({ length: finest + 1 }, (_, k) => model.logits(pointOn(inputs, end, k / finest)));
  const [clean, last] = [logits[0]!, logits[finest]!];
  const losses = logits.map((z) => crossEntropyOf(z, labels));
  const shares = tf.softmax(clean) as Tensor2D;
  const perClass = logits.map((z) => lossesOf(z, shares) as Tensor2D);
  const prediction = perClass.map((values) => averageOf(values, shares));
  const virtual = (k: number): Tensor1D => averageOf(discretePathEnergy(coarse(perClass, k)), shares);

  const loss = (z: Tensor2D): Tensor1D => crossEntropyOf(z, labels);
  const gradientAt = (x: Tensor): Tensor => gradientOf(model, x, loss);
  const largest = { value: norm.dualSize(gradientAt(inputs)) };
  const gradient = largest.value;
  const see = (g: Tensor): Tensor1D => {
    const size = norm.dualSize(g);
    largest.value = tf.maximum(largest.value, size) as Tensor1D;
    return tf.square(size) as Tensor1D;
  };
  const midpoints = Array.from({ length: finest }, (_, k) => pointOn(inputs, end, (k + 0.5) / finest));
  const along = midpoints.map((x) => {
    const g = gradientAt(x);
    return [tf.square(tf.sum(rows(tf.mul(g, r)), 1)) as Tensor1D, see(g)] as const;
  });
  const ball = Array.from({ length: samples }, (_, i) =>
    see(gradientAt(norm.project(norm.sample(inputs, epsilon, noise.stream('ball', i)), inputs, epsilon, model.bounds))),
  );
  const smoothed = Array.from({ length: smoothing === undefined ? 0 : samples }, (_, i) => {
    const x = tf.add(inputs, tf.mul(noise.stream('smoothing', i).normal(inputs.shape.slice(1)), smoothing!));
    return [loss(model.logits(x)), tf.square(euclidean(gradientAt(x))) as Tensor1D] as const;
  });
  const unknown = tf.fill([inputs.shape[0]!], Number.NaN) as Tensor1D;
  const squaredLength = tf.square(euclidean(r));
  return {
    loss: losses[0]!,
    gap: tf.sub(losses[finest]!, losses[0]!) as Tensor1D,
    d1: discretePathEnergy(coarse(losses, 1)),
    d2: discretePathEnergy(coarse(losses, 2)),
    d4: discretePathEnergy(coarse(losses, 4)),
    d8: discretePathEnergy(losses),
    tv1: pathVariation(coarse(losses, 1)),
    tv2: pathVariation(coarse(losses, 2)),
    tv4: pathVariation(coarse(losses, 4)),
    tv8: pathVariation(losses),
    secondDifference: tf.add(tf.sub(losses[0]!, tf.mul(losses[finest / 2]!, 2)), losses[finest]!) as Tensor1D,
    pathEnergy: mean(along.map(([energy]) => energy)),
    pathBound: tf.mul(tf.square(norm.size(r)), mean(along.map(([, square]) => square))) as Tensor1D,
    gradient,
    largestGradient: largest.value,
    ballEnergy: mean(ball),
    kl: klOf(clean, last),
    predictionGap: tf.sub(prediction[finest]!, prediction[0]!) as Tensor1D,
    predictionD1: discretePathEnergy(coarse(prediction, 1)),
    virtualD1: virtual(1),
    virtualD2: virtual(2),
    virtualD4: virtual(4),
    virtualD8: virtual(8),
    jacobianBound: jacobian
      ? (tf.mul(squaredLength, tf.div(mean(midpoints.map((x) => squaredJacobian(model, x))), 4)) as Tensor1D)
      : unknown,
    fisherBound: jacobian ? (tf.mul(squaredLength, tf.div(fisherTrace(model, inputs, shares), 2)) as Tensor1D) : unknown,
    smoothedLoss: smoothed.length > 0 ? mean(smoothed.map(([value]) => value)) : unknown,
    smoothedEnergy: smoothed.length > 0 ? mean(smoothed.map(([, square]) => square)) : unknown,
  };
}

/** Losses at every so many of the points: a coarser path through the same ones. */
export function coarse<T extends Tensor>(losses: readonly T[], segments: number): T[] {
  return losses.filter((_, i) => i % ((losses.length - 1) / segments) === 0);
}

function gradientOf(model: Model, x: Tensor, loss: (logits: Tensor2D) => Tensor): Tensor {
  return tf.tidy(() => freeFailedTape(() => tf.grad((z: Tensor) => tf.sum(loss(model.logits(z))) as Scalar)(tf.clone(x))));
}

/** The squared Frobenius norm of the Jacobian of the logits, one gradient for each class. */
function squaredJacobian(model: Model, x: Tensor): Tensor1D {
  return perClassSum(
    model,
    (hot) => gradientOf(model, x, (z) => tf.mul(z, hot)),
    () => 1,
  );
}

/** sum_k p_k |grad log p_k|^2: the trace of the input's Fisher matrix. */
function fisherTrace(model: Model, x: Tensor, shares: Tensor2D): Tensor1D {
  return perClassSum(
    model,
    (hot) => gradientOf(model, x, (z) => tf.mul(tf.logSoftmax(z, 1), hot)),
    (k) => tf.reshape(tf.slice(shares, [0, k], [-1, 1]), [-1]),
  );
}

function perClassSum(model: Model, gradientFor: (hot: Tensor) => Tensor, weight: (k: number) => Tensor | number): Tensor1D {
  const parts = Array.from({ length: model.classes }, (_, k) => {
    const hot = tf.cast(tf.oneHot(tf.tensor1d([k], 'int32'), model.classes), 'float32');
    return tf.mul(tf.sum(tf.square(rows(gradientFor(hot))), 1), weight(k));
  });
  return parts.reduce((total, part) => tf.add(total, part)) as Tensor1D;
}

function rows(batch: Tensor): Tensor {
  return tf.reshape(batch, [batch.shape[0]!, -1]);
}

function mean(parts: readonly Tensor1D[]): Tensor1D {
  return tf.div(
    parts.reduce((total, part) => tf.add(total, part) as Tensor1D),
    parts.length,
  ) as Tensor1D;
}
