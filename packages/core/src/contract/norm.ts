import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Bounds, Noise } from './noise';

/** The radius of a ball, in input units: one for all, or one per example. */
export type Radius = number | Tensor1D;

/** The geometry of a threat model. All tensors are `[n, ...inputShape]`; sizes are `[n]`. */
export interface Norm {
  /** `linf`, `l2` or `l1`: what attack cards and reports say. */
  readonly name: string;
  /** The norm of every example's perturbation. */
  size(delta: Tensor): Tensor1D;
  /** The dual norm of every example's gradient: how fast the loss can grow per unit of `size`. */
  dualSize(gradient: Tensor): Tensor1D;
  /** Bring candidates into the ball around `center` and into the box. */
  project(candidate: Tensor, center: Tensor, radius: Radius, bounds: Bounds): Tensor;
  /** The direction of unit size along which the loss grows fastest; zero where the gradient is zero. */
  steepest(gradient: Tensor, at: Tensor, bounds: Bounds): Tensor;
  /** `center` plus a draw from the ball (uniform in its volume). May leave the box: project afterwards. */
  sample(center: Tensor, radius: Radius, noise: Noise): Tensor;
}

/** What the adversary may do: any perturbation of `norm` at most `epsilon`, in input units. */
export interface ThreatModel {
  readonly norm: Norm;
  readonly epsilon: number;
}
