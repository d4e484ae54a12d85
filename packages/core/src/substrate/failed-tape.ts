/**
 * tfjs frees what the ops on a tape have saved when a gradient has been computed, and only then: where the function or one
 * of the gradients throws, those tensors stay for good. This frees them, and the error goes on its way.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

interface TapeState {
  activeTape?: { readonly saved?: readonly Tensor[] }[] | undefined;
  readonly gradientDepth: number;
}

/** `compute()`, which takes a gradient. Inside another gradient the tape is left to that one. */
export function freeFailedTape<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    const { state } = tf.engine() as unknown as { readonly state: TapeState };
    if (state.gradientDepth === 0) {
      for (const node of state.activeTape ?? []) tf.dispose([...(node.saved ?? [])]);
      state.activeTape = undefined;
    }
    throw error;
  }
}
