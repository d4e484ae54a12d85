/**
 * Optimisers whose state is ours: every number that decides the next step is in it, so that a resumed run continues bit for
 * bit. (tfjs's own Adam rounds its beta powers differently after a restore.)
 */
import type { NamedTensorMap, Variable } from '@tensorflow/tfjs-core';

/** All that an optimiser remembers. */
export type OptimiserState = {
  /** Updates done so far. */
  readonly step: number;
  /** Tensors by name, such as `m/dense_1/kernel`. */
  readonly slots: NamedTensorMap;
};

/** Shrinks weights towards zero. */
export interface WeightDecayOptions {
  /** @default 0 */
  readonly weightDecay?: number;
  /**
   * Which weights it acts on, by name. Some leave out biases and the parameters of batch normalisation:
   * `(name) => !/(bias|gamma|beta)$/.test(name)`.
   * @default all of them, as in PyTorch and in the published recipes of robust training
   */
  readonly decay?: (name: string) => boolean;
}

/** `, weight-decay 0.0005`, or nothing. */
export function describeDecay(weightDecay: number): string {
  return weightDecay > 0 ? `, weight-decay ${weightDecay}` : '';
}

/** A pure rule of update, whose whole memory is a state that a checkpoint can hold. */
export interface Optimiser {
  readonly name: string;
  /** Whether weight decay acts on a weight; a checkpoint of another choice is not resumed. @default it has no such choice */
  decays?(name: string): boolean;
  /** The state before the first update. */
  init(weights: Readonly<Record<string, Variable>>): OptimiserState;
  /**
   * The new weights and the new state, from gradients by weight name; weights without a gradient are left out.
   * Pure: `fit` assigns and frees. It says of how many steps in all `state.step` are done, for what follows a schedule.
   */
  update(
    weights: Readonly<Record<string, Variable>>,
    gradients: NamedTensorMap,
    state: OptimiserState,
    learningRate: number,
    steps?: number,
  ): { readonly weights: NamedTensorMap; readonly state: OptimiserState };
}
