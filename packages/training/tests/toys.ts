/** Small things to train, quick enough to train them dozens of times. */
import {
  type Adversary,
  ascent,
  cleanLoss,
  crossEntropyOf,
  type Defence,
  type Descent,
  defineAttack,
  type Examples,
  examplesFromArrays,
  linf,
  type Noise,
  type Objective,
  type StepAttack,
  sum,
  type TrainableModel,
} from '@groundstate/core';
import { type SmoothModel, smoothModel } from '@groundstate/testing';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type Checkpoint, type FitOptions, fit, type History, plainDescent } from '../src/index';

/** Two classes beside each other in the unit square, with a gap of 0.2 between them. */
export function twoClouds(size = 7): Examples {
  const inputs = new Float32Array(2 * size);
  const labels = Int32Array.from({ length: size }, (_, i) => i % 2);
  for (let i = 0; i < size; i++) inputs.set([(labels[i]! ? 0.6 : 0) + 0.4 * ((i * 0.37) % 1), (i * 0.61) % 1], 2 * i);
  return examplesFromArrays({ inputs, labels, shape: [2] });
}

export function littleModel(seed = 1): SmoothModel {
  return smoothModel({ inputShape: [2], hidden: 3, classes: 2, seed });
}

export const cleanDefence = (): Defence => ({ name: 'clean', objective: cleanLoss() });

/** A random start and two steps of ascent. */
export function littleAttack(): StepAttack {
  const card = { name: 'little', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
  return defineAttack({ card, ...ascent({ steps: 2 }) });
}

/** The clean loss, and the loss under the attack: its noise is keyed by example and epoch. */
export function adversarialDefence(): Defence {
  const adversary: Adversary = { attack: littleAttack(), threat: { norm: linf(), epsilon: 0.1 }, on: 'labelled' };
  const objective: Objective<Tensor> = {
    name: 'adversarial',
    terms: ['adversarial'],
    adversaries: [adversary],
    prepare: (context) => context.adversarial(adversary),
    evaluate: ({ model, labelled }, adversarial) => ({
      adversarial: tf.mean(crossEntropyOf(model.logits(adversarial, { mode: 'training' }), labelled.labels)) as Scalar,
    }),
  };
  return { name: 'adversarial', objective: sum(cleanLoss(), objective) };
}

/** Adds half of the last step's gradient: the next step depends on its memory, which holds the very tensors of the gradients. */
export function rememberingDescent(): Descent {
  return {
    name: 'remembering',
    init: (model) => Object.fromEntries(Object.entries(model.weights).map(([name, weight]) => [name, tf.zerosLike(weight)])),
    gradients: (model, terms, context, memory) => {
      const plain = plainDescent().gradients(model, terms, context, {});
      const gradients = Object.fromEntries(
        Object.entries(plain.gradients).map(([name, gradient]) => [name, tf.add(gradient, tf.mul(memory[name]!, 0.5))]),
      );
      return { gradients, terms: plain.terms, memory: gradients };
    },
  };
}

/** A linear model on inputs less their moving mean, a buffer that passes in training mode write. */
export function centringModel(seed: number): TrainableModel & { dispose(): void } {
  const weights = { kernel: tf.tidy(() => tf.variable(tf.tensor2d([seed, -1, 0.5, 2 * seed], [2, 2]))) };
  const buffers = { mean: tf.tidy(() => tf.variable(tf.tensor1d([0.1 * seed, 0]))) };
  const logits = (inputs: Tensor, options: { readonly mode?: string } = {}): Tensor2D => {
    const centred = tf.matMul(tf.sub(inputs, buffers.mean) as Tensor2D, weights.kernel as unknown as Tensor2D);
    if (options.mode === 'training') buffers.mean.assign(tf.add(tf.mul(buffers.mean, 0.9), tf.mul(tf.mean(inputs, 0), 0.1)));
    return centred as Tensor2D;
  };
  const dispose = (): void => tf.dispose({ ...weights, ...buffers });
  return { name: 'centring', bounds: [0, 1], classes: 2, inputShape: [2], weights, buffers, logits, dispose };
}

/** Images of 3 x 3 pixels: the second class is brighter on the left. */
export function littleImages(size: number, offset = 0): Examples {
  const labels = Int32Array.from({ length: size }, (_, i) => i % 2);
  const inputs = Float32Array.from({ length: 9 * size }, (_, k) => {
    const [i, pixel] = [Math.floor(k / 9), k % 9];
    return 0.6 * (((i + offset) * 0.37 + pixel * 0.61) % 1) + (labels[i] && pixel % 3 === 0 ? 0.3 : 0);
  });
  return examplesFromArrays({ inputs, labels, shape: [3, 3, 1] });
}

/** A linear model with all that a resumed run could lose: a buffer that training writes, and dropout that draws. */
export function drawingModel(seed: number): TrainableModel & { dispose(): void } {
  const values = Array.from({ length: 18 }, (_, i) => Math.sin(seed + 2.3 * i));
  const weights = {
    kernel: tf.tidy(() => tf.variable(tf.tensor2d(values, [9, 2]))),
    bias: tf.tidy(() => tf.variable(tf.tensor1d([0.1 * seed, -0.2]))),
  };
  const buffers = { mean: tf.tidy(() => tf.variable(tf.fill([9], 0.1 * seed))) };
  const logits = (inputs: Tensor, { mode, noise }: { readonly mode?: string; readonly noise?: Noise } = {}): Tensor2D => {
    const flat = tf.reshape(inputs, [-1, 9]);
    const centred = tf.sub(flat, buffers.mean);
    if (mode === 'training') buffers.mean.assign(tf.add(tf.mul(buffers.mean, 0.9), tf.mul(tf.mean(flat, 0), 0.1)));
    const kept = mode === 'training' && noise ? tf.mul(centred, tf.clipByValue(tf.mul(noise.uniform([9]), 4), 0, 1)) : centred;
    return tf.add(tf.matMul(kept as Tensor2D, weights.kernel as unknown as Tensor2D), weights.bias) as Tensor2D;
  };
  const dispose = (): void => tf.dispose({ ...weights, ...buffers });
  return { name: 'drawing', bounds: [0, 1], classes: 2, inputShape: [3, 3, 1], weights, buffers, logits, dispose };
}

/** Asks for sure predictions on noisy unlabelled inputs; adds nothing where there are none. */
export function entropyObjective(): Objective {
  return {
    name: 'entropy',
    terms: ['entropy'],
    evaluate: ({ model, unlabelled }) => {
      if (!unlabelled) return { entropy: tf.scalar(0) };
      const { inputs, noise } = unlabelled;
      const moved = tf.add(inputs, tf.mul(noise.stream('moved').normal([3, 3, 1]), 0.1));
      const logits = model.logits(moved, { mode: 'training', noise });
      return { entropy: tf.neg(tf.mean(tf.sum(tf.mul(tf.softmax(logits), tf.logSoftmax(logits)), 1))) as Scalar };
    },
  };
}

/** Every bit of what a model holds, by name. */
export function bitsOf({ weights, buffers }: TrainableModel): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(
    Object.entries({ ...weights, ...buffers }).map(([name, variable]) => [
      name,
      Array.from(new Uint32Array(Float32Array.from(variable.dataSync()).buffer)),
    ]),
  );
}

export const isFinitely = ({ weights, buffers }: TrainableModel): boolean =>
  Object.values({ ...weights, ...buffers }).every((variable) => Array.from(variable.dataSync()).every(Number.isFinite));

export type Trained = { readonly bits: ReturnType<typeof bitsOf>; readonly history: History; readonly checkpoints: readonly Checkpoint[] };

/** Trains a fresh model, frees it, and returns what can be compared. */
export async function train(
  defence: Defence,
  options: FitOptions,
  make: () => TrainableModel & { dispose(): void } = littleModel,
): Promise<Trained> {
  const model = make();
  const checkpoints: Checkpoint[] = [];
  try {
    const onCheckpoint = (checkpoint: Checkpoint): void => {
      checkpoints.push(checkpoint);
    };
    const history = await fit(model, twoClouds(), defence, { onCheckpoint, ...options });
    return { bits: bitsOf(model), history, checkpoints };
  } finally {
    model.dispose();
  }
}
