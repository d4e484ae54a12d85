/** What a training run did, as JSON: no times in it, so that two equal runs have equal histories. */

/** Accuracies on the examples of the validation, 0 to 1. */
export type Accuracies = { readonly clean: number; readonly robust: number };

/** The epoch of the best validation, and its accuracies. */
export type BestEpoch = { readonly epoch: number } & Accuracies;

/** One epoch of a history: means over its examples. */
export type Epoch = {
  /** From 1. */
  readonly epoch: number;
  /** At the epoch's last step. */
  readonly learningRate: number;
  /** Mean over the epoch's examples, by term; as minimised (weights included). */
  readonly terms: { readonly [term: string]: number };
  /** With `clipNorm`: the mean norm of the gradients before clipping, and the share of steps that were clipped. */
  readonly gradientNorm?: number;
  readonly clipped?: number;
  /** With `validation`, in the epochs that had one. */
  readonly validation?: Accuracies;
};

/** Why a run ended before its last epoch. */
export type Stopped = {
  /** The last one, from 1. */
  readonly epoch: number;
  readonly reason: 'robust-overfitting';
  /** The epoch whose robust accuracy no later one exceeded by the margin. */
  readonly since: number;
  readonly best: BestEpoch;
  readonly patience: number;
  readonly margin: number;
};

/** What `fit` did, as JSON without times: the same for equal arguments. */
export type History = {
  readonly epochs: readonly Epoch[];
  readonly steps: number;
  /** Passes on single examples, attacks included, validation not. A backward pass and its forward pass are one gradient evaluation. */
  readonly forwards: number;
  readonly backwards: number;
  /** What the run has cost so far; `training` is `backwards`. */
  readonly gradientEvaluations: { readonly training: number; readonly validation: number };
  /** With `validation`. */
  readonly best?: BestEpoch;
  /** The best robust accuracy less the last. */
  readonly robustOverfitting?: number;
  readonly stopped?: Stopped;
  /** Whose weights the model holds in the end. */
  readonly selected?: { readonly epoch: number; readonly by: 'best' | 'last' };
};
