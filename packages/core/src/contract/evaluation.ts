import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Batch } from './data';
import type { Model } from './model';
import type { Noise } from './noise';

/** What can be written down and read back without loss. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** What `perturb` found, row by row. Whoever receives it disposes of its tensors. */
export type Verdict = {
  /** The adversarial example; the clean input where the attack failed. */
  readonly adversarial: Tensor;
  /** 1 where the goal is met, judged on a fresh forward pass. */
  readonly success: Tensor1D;
  /** Size of the perturbation in the threat's norm; 0 where the attack failed or the clean input met the goal already. */
  readonly distance: Tensor1D;
  /** Forward and backward passes spent on each example. */
  readonly forwards: Int32Array;
  readonly backwards: Int32Array;
  /** Which member of a sequence succeeded (0 for a single attack); -1 where none did or none was needed. */
  readonly by: Int32Array;
};

/** A verdict, and the logits of its examples on the fresh pass that judged it. */
export type Attacked = Verdict & { readonly logits: Tensor2D };

/** One batch, attacked: what metrics see. They read it and own none of it. */
export interface Observation {
  readonly model: Model;
  readonly batch: Batch;
  readonly cleanLogits: Tensor2D;
  /** By the name the attack was given in the evaluation. */
  readonly attacked: Readonly<Record<string, Attacked>>;
  readonly noise: Noise;
}

/** A figure over a data set, as a fold with mergeable JSON states: batches may be seen anywhere, in any grouping. */
export interface Metric<State extends Json = Json, Value extends Json = Json, Name extends string = string> {
  /** What its value is called in a report; a literal type, so that the report knows what stands there. */
  readonly name: Name;
  /** The state before any batch. */
  init(): State;
  /** The state with one more batch, of which it owns nothing. */
  update(state: State, seen: Observation): Promise<State>;
  /** The state of two sets of batches that were seen apart. */
  merge(left: State, right: State): State;
  /** The figure itself. */
  compute(state: State): Value;
}
