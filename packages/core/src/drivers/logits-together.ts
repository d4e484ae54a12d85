/**
 * Several batches through a model as one stacked batch: every kernel then runs once for all of them, and its own cost, which
 * in a small batch is most of the time, is paid once. The numbers are those of passes one by one, bit for bit on backends whose
 * kernels treat every row by itself (cpu, wasm), to rounding elsewhere: each row brings its own noise along. Gradients of weights
 * are sums over more rows at once, and agree to rounding.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Mode, Model } from '../contract/model';
import type { Noise } from '../contract/noise';
import { joinNoise } from '../noise/join-noise';
import { steadyMode } from './steady-mode';

/**
 * The most rows in one stack. Beyond, the kernels' own cost no longer shows: stacks of more rows take as long as passes one by
 * one, or longer where they no longer fit into the processor's caches. It bounds what a stack needs beyond what the passes
 * need anyway: on a tape, where all activations are kept in either case, copies of its inputs and of one layer's gradients;
 * off a tape the activations of these rows.
 */
export const mostStackedRows = 128;

type PassOptions = { readonly mode?: Mode; readonly noise?: Noise };

/** What a model knows that remembers its answers: a step's. */
export interface Memory {
  recall(inputs: Tensor, options: PassOptions): Tensor2D | undefined;
  remember(inputs: Tensor, options: PassOptions, logits: Tensor2D): void;
  /** The noise of the inputs where none is given: by default a pass would take it. */
  noiseOf(inputs: Tensor): Noise | undefined;
}

const memories = new WeakMap<Model, Memory>();

/** Notes that `model` remembers its answers. Returns it. */
export function remembering(model: Model, memory: Memory): Model {
  memories.set(model, memory);
  return model;
}

/**
 * The logits at several inputs, in their order: what `model.logits` gives for each. Inputs that a step has seen
 * are not seen again; the others are stacked, up to 128 rows at a time. Where the logits of an example depend on its batch
 * (batch statistics) nothing is stacked.
 *
 * @example
 * const [middle, end] = logitsTogether(context.model, [inside, adversarial], { mode, noise: batch.noise });
 */
export function logitsTogether(model: Model, points: readonly Tensor[], options: PassOptions = {}): Tensor2D[] {
  const memory = memories.get(model);
  const found = new Map<Tensor, Tensor2D>();
  const fresh: Tensor[] = [];
  for (const point of new Set(points)) {
    const seen = memory?.recall(point, options);
    if (seen) found.set(point, seen);
    else fresh.push(point);
  }
  for (const stack of isStackable(model, options.mode) ? stacksOf(fresh) : fresh.map((point) => [point])) {
    const [first] = stack;
    if (stack.length === 1) {
      found.set(first!, model.logits(first!, options));
      continue;
    }
    const noises = stack.map((point) => options.noise ?? memory?.noiseOf(point));
    const noise = noises.every((own) => own !== undefined) ? noises.reduce((all, own) => joinNoise(all, own)) : undefined;
    const rows = stack.map((point) => point.shape[0] ?? 0);
    const logits = model.logits(tf.concat(stack), noise ? { ...options, noise } : options);
    for (const [i, part] of (tf.split(logits, rows) as Tensor2D[]).entries()) {
      found.set(stack[i]!, part);
      memory?.remember(stack[i]!, options, part);
    }
  }
  return points.map((point) => found.get(point)!);
}

/** Whether an example's logits are a function of the example: in inference always, while training without batch statistics. */
function isStackable(model: Model, mode: Mode = 'inference'): boolean {
  return mode === 'inference' || steadyMode(model) === 'training';
}

/** Neighbours together, as many as fit; batches that are large by themselves stay as they are. */
function stacksOf(points: readonly Tensor[]): Tensor[][] {
  const stacks: Tensor[][] = [];
  let rows = Number.POSITIVE_INFINITY;
  for (const point of points) {
    const n = point.shape[0] ?? 0;
    if (rows + n > mostStackedRows) {
      stacks.push([]);
      rows = 0;
    }
    stacks.at(-1)!.push(point);
    rows += n;
  }
  return stacks;
}
