import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core';
import type { Bounds, Noise } from './noise';

/**
 * How a forward pass treats layers that behave differently while training.
 * `batch-statistics` is training mode that leaves the moving averages alone (the extra passes of VAT).
 */
export type Mode = 'inference' | 'training' | 'batch-statistics';

/** A classifier: inputs in `bounds` in, logits (never probabilities) out. Normalisation lives inside. */
export interface Model {
  readonly name: string;
  /** The interval every input coordinate lives in; attacks stay inside it. */
  readonly bounds: Bounds;
  /** How many classes: the second axis of the logits. */
  readonly classes: number;
  /** Shape of one example, without the batch axis. */
  readonly inputShape: readonly number[];
  /** `[n, ...inputShape]` to `[n, classes]`. Mode is `inference` unless said; `noise` feeds layers that draw random numbers. */
  logits(inputs: Tensor, options?: { readonly mode?: Mode; readonly noise?: Noise }): Tensor2D;
}

/** A model whose parameters can be changed. Names are unique and stable: they are the keys of gradients and checkpoints. */
export interface TrainableModel extends Model {
  /** What gradients are taken for. */
  readonly weights: Readonly<Record<string, Variable>>;
  /** What forward passes in training mode write, such as the moving averages of batch normalisation. */
  readonly buffers: Readonly<Record<string, Variable>>;
}
