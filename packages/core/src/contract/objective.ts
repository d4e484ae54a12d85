import type { NamedTensorMap, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import type { Schedule } from '../schedules';
import type { Ascent, StepAttack } from './attack';
import type { Batch } from './data';
import type { Mode, Model, TrainableModel } from './model';
import type { Noise } from './noise';
import type { ThreatModel } from './norm';

/** Whom a defence trains against. Two objectives that hold the same adversary (by identity) pay for it once. */
export interface Adversary {
  readonly attack: StepAttack;
  readonly threat: ThreatModel;
  readonly on: 'labelled' | 'unlabelled' | 'all';
  /** The mode of the model while it is attacked. @default 'inference' */
  readonly mode?: Mode;
  /** The share of `threat.epsilon` in use as training runs. @default all of it, always */
  readonly warmUp?: Schedule;
}

/** Inputs of a step, whose they are, and their noise: row i of a draw belongs to row i of the inputs. */
export interface StepInputs {
  readonly ids: Int32Array;
  readonly inputs: Tensor;
  readonly noise: Noise;
}

/** One training step, as an objective sees it. */
export interface StepContext {
  /**
   * Memoised for the step on (input tensor, mode): objectives share the clean pass with no ceremony. Metered. The batches
   * below and the adversaries' examples bring their noise for dropout along; with inputs of your own making pass
   * `{ noise: batch.noise }` of the batch they were made from, so that an example keeps its mask through the step.
   */
  readonly model: Model;
  readonly labelled: Batch & StepInputs;
  readonly unlabelled?: StepInputs;
  /** Labelled and unlabelled inputs as one batch, labelled ones first; the labelled ones alone where there are no others. */
  all(): StepInputs;
  /** The adversary's examples for this step. Call it in `prepare`: it runs an attack, which must not be on the tape. */
  adversarial(adversary: Adversary): Tensor;
  /**
   * The gradient of a loss `[n]` at given inputs, off the tape: one forward and one backward pass. Call it in `prepare`.
   * Coordinates whose gradient is not finite come back as 0. Mode is `inference` unless said; noise as for `model`.
   */
  inputGradient(inputs: Tensor, loss: (logits: Tensor2D) => Tensor1D, options?: { readonly mode?: Mode; readonly noise?: Noise }): Ascent;
  /**
   * The same gradient on the tape, to be differentiated in its turn (double backpropagation): in `evaluate`, where the model
   * passes `secondOrderObstacle`. Two gradient evaluations: the tape later runs back through both passes.
   */
  tapedGradient(inputs: Tensor, loss: (logits: Tensor2D) => Tensor1D, options?: { readonly mode?: Mode; readonly noise?: Noise }): Tensor;
  /** That of the labelled examples. */
  readonly noise: Noise;
  /** Share of the training done, from 0 to 1. */
  readonly progress: number;
}

/** What is minimised, by name. The trainer minimises the sum and logs every term. */
export type Terms = Readonly<Record<string, Scalar>>;

/** A training objective. Wrap, never subclass. */
export interface Objective<Constants = unknown> {
  readonly name: string;
  /** The names that `evaluate` returns, fixed at construction. */
  readonly terms: readonly string[];
  readonly adversaries?: readonly Adversary[];
  /** Before the tape: everything that is held constant (tfjs has no stop-gradient). */
  prepare?(context: StepContext): Constants;
  /** On the tape: scalars that depend on the model's weights. */
  evaluate(context: StepContext, constants: Constants): Terms;
}

/** Where and how the gradient of the weights is taken: plainly, or elsewhere (AWP, SAM, Free-AT). */
export interface Descent {
  readonly name: string;
  /** What it remembers between steps: tensors by name, so that they can go into the checkpoint. */
  init?(model: TrainableModel): NamedTensorMap;
  /**
   * Gradients by weight name (a weight that is left out stays as it is), the terms, and the new memory. Called inside a tidy.
   * `terms` may be called more than once, with the weights moved in between, or with other labelled inputs (Free-AT).
   */
  gradients(
    model: TrainableModel,
    terms: (labelledInputs?: Tensor) => Terms,
    context: StepContext,
    memory: NamedTensorMap,
  ): { readonly gradients: NamedTensorMap; readonly terms: Terms; readonly memory: NamedTensorMap };
}

/** A defence: ours and every baseline have this one shape. */
export interface Defence {
  readonly name: string;
  readonly objective: Objective;
  /** @default the plain gradient */
  readonly descent?: Descent;
  /** How often each batch is used. @default 1 */
  readonly replays?: number;
}
