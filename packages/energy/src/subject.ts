/**
 * Whose energy an objective lowers, and of which loss: that of the label, or, without labels, that of every class, each
 * weighted with its probability p_k(x) at the clean input, which is held constant (a virtual energy).
 *
 * Not in its place: the single loss L_v(z) = -sum_k p_k(x) log p_k(z). Its gradient vanishes at x, so that its energy is
 * quartic where that of the average is quadratic.
 */
import {
  type Adversary,
  crossEntropyOf,
  expected,
  logitsTogether,
  type Model,
  type StepContext,
  type StepInputs,
  steadyMode,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Losses of a batch: `[n]` for the labels' ones, `[n, classes]` for those of all classes. */
export type Losses = Tensor1D | Tensor2D;

/** A batch, the mode its passes run in, and what to make of its logits. */
export interface Subject {
  readonly batch: StepInputs;
  readonly mode: 'inference' | 'training';
  /** Labels `[n]`, or the frozen probabilities `[n, classes]`. */
  readonly truth: Tensor1D | Tensor2D;
}

/** What is held constant: an energy's own constants beside the truth about its subject. */
export type Constants = { readonly truth: Tensor1D | Tensor2D; readonly [name: string]: Tensor };

/** The batch that an adversary attacks. */
export function batchOf(context: StepContext, on: Adversary['on'], owner: string): StepInputs {
  if (on === 'labelled') return context.labelled;
  if (on === 'all') return context.all();
  if (!context.unlabelled) throw expected(owner, 'unlabelled', 'a batch', undefined, 'This energy is of unlabelled examples.');
  return context.unlabelled;
}

/**
 * The labels, or the probabilities: one forward pass, which is also the clean one of an adversary that attacks this batch in this
 * mode. Call it in `prepare`, before the adversary is asked.
 */
export function truthOf(context: StepContext, on: Adversary['on'], virtual: boolean, owner: string): Tensor1D | Tensor2D {
  if (!virtual) return context.labelled.labels;
  const { inputs } = batchOf(context, on, owner);
  return tf.softmax(context.model.logits(inputs, { mode: steadyMode(context.model) })) as Tensor2D;
}

export function subjectOf(context: StepContext, on: Adversary['on'], truth: Tensor1D | Tensor2D, owner: string): Subject {
  return { batch: batchOf(context, on, owner), mode: steadyMode(context.model), truth };
}

/** At the clean inputs of a subject, and at inputs that were made from them. Where all are one batch they are seen together. */
export function pathLossesOf(context: StepContext, on: Adversary['on'], points: readonly Tensor[], subject: Subject): readonly Losses[] {
  const { model, labelled, unlabelled } = context;
  const { batch, mode, truth } = subject;
  if (on !== 'all' || !unlabelled) return lossesAt(model, [batch.inputs, ...points], subject);
  // Two batches: the labelled one shares its clean pass with the clean loss.
  const clean = tf.concat([labelled, unlabelled].map(({ inputs }) => model.logits(inputs, { mode }))) as Tensor2D;
  return [lossesOf(clean, truth), ...lossesAt(model, points, subject)];
}

/** At several inputs that were made from a subject's. */
export function lossesAt(model: Model, points: readonly Tensor[], { batch, mode, truth }: Subject): readonly Losses[] {
  return logitsTogether(model, points, { mode, noise: batch.noise }).map((logits) => lossesOf(logits, truth));
}

export function lossesOf(logits: Tensor2D, truth: Tensor1D | Tensor2D): Losses {
  return truth.rank === 1 ? crossEntropyOf(logits, truth as Tensor1D) : (tf.neg(tf.logSoftmax(logits, 1)) as Tensor2D);
}

/** A value per loss as one per example: of the classes the average over p(x). */
export function averageOf(values: Losses, truth: Tensor1D | Tensor2D): Tensor1D {
  return (truth.rank === 1 ? values : tf.sum(tf.mul(values, truth), 1)) as Tensor1D;
}

/** An energy needs labels, or has none. */
export function checkSubject(owner: string, on: unknown, virtual: boolean): void {
  if (virtual && (on === 'labelled' || on === 'unlabelled' || on === 'all')) return;
  if (virtual) throw expected(owner, 'adversary.on', "'all', 'labelled' or 'unlabelled'", on);
  if (on !== 'labelled') throw expected(owner, 'adversary.on', "'labelled'", on, 'D_K needs the labels.');
}

export function checkVirtual(owner: string, virtual: unknown): boolean {
  if (virtual !== undefined && typeof virtual !== 'boolean') throw expected(owner, 'virtual', 'true or false', virtual);
  return virtual === true;
}
