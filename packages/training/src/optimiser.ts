/**
 * Optimisers whose state is ours: every number that decides the next step is in it, so that a resumed run continues bit for
 * bit. (tfjs's own Adam rounds its beta powers differently after a restore.)
 */
import type { NamedTensorMap, Variable } from '@tensorflow/tfjs-core';

export type OptimiserState = {
  /** Updates done so far. */
  readonly step: number;
  /** Tensors by name, such as `m/dense_1/kernel`. */
  readonly slots: NamedTensorMap;
};

export interface Optimiser {
  readonly name: string;
  init(weights: Readonly<Record<string, Variable>>): OptimiserState;
  /**
   * The new weights and the new state, from gradients by weight name; weights without a gradient are left out.
   * Pure: `fit` assigns and frees.
   */
  update(
    weights: Readonly<Record<string, Variable>>,
    gradients: NamedTensorMap,
    state: OptimiserState,
    learningRate: number,
  ): { readonly weights: NamedTensorMap; readonly state: OptimiserState };
}
