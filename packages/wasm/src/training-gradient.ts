/**
 * The shape of a gradient of this package. tfjs has one registry of gradients for all backends: ours is taken on the wasm
 * backend, outside of other gradients; otherwise what was registered before. A gradient inside a gradient goes on the tape,
 * where only kernels that have gradients themselves may stand.
 */
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Saves what the gradient that it replaces saves, in the same order, and gives the same inputs. */
export interface TrainingGradient {
  /** The kernel that it is the gradient of. */
  readonly name: string;
  /** Whether it can do with these; otherwise the one that it replaces does. @default always */
  takes?(saved: readonly Tensor[]): boolean;
  gradients(dy: Tensor | Tensor[], saved: Tensor[], attributes: NamedAttrMap): Readonly<Record<string, () => Tensor>>;
}

/** `ours` on the wasm backend and at first order, `before` elsewhere. */
export function besides(before: GradConfig, ours: TrainingGradient): GradConfig {
  return {
    ...before,
    gradFunc: (dy, saved, attributes) =>
      tf.getBackend() === 'wasm' && tf.engine().state.gradientDepth === 0 && (ours.takes?.(saved) ?? true)
        ? ours.gradients(dy, saved, attributes)
        : before.gradFunc(dy, saved, attributes),
  };
}

/** Runs one of this package's own kernels, which has one output. */
export function runKernel<T extends Tensor>(name: string, inputs: Readonly<Record<string, Tensor>>, attributes: object = {}): T {
  return tf.engine().runKernel(name, { ...inputs }, { ...attributes }) as T;
}
