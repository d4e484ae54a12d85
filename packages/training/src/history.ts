/** What a training run did, as JSON: no times in it, so that two equal runs have equal histories. */

export type Epoch = {
  /** From 1. */
  readonly epoch: number;
  /** At the epoch's last step. */
  readonly learningRate: number;
  /** Mean over the epoch's examples, by term; as minimised (weights included). */
  readonly terms: { readonly [term: string]: number };
};

export type History = {
  readonly epochs: readonly Epoch[];
  readonly steps: number;
  /** Passes on single examples, attacks included. A backward pass and its forward pass are one gradient evaluation. */
  readonly forwards: number;
  readonly backwards: number;
};
