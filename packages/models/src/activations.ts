/**
 * The activations of the networks in this package. Each is right in second-order gradients on the tape as it is, and where the
 * backend has a kernel for it (as `@groundstate/wasm` does) one pass forward and one back.
 *
 * silu: x sigmoid(x). gelu: x times the normal distribution function, the exact form. leakyRelu: x above zero, `leakySlope` x below.
 */
import { optionalKernel, twiceDifferentiable } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Layer } from './layer-tree';
import { registerLayer } from './register-layer';

/** Those that a tfjs-layers `Dense` or `Conv2D` of this package carries within itself, by the name that tfjs-layers has for them. */
const within = ['relu', 'softplus', 'tanh', 'elu'] as const;
/** An activation between the layers. */
export type HiddenActivation = (typeof within)[number] | 'leakyRelu' | 'silu' | 'gelu';
/** Activations of the models in this package. */
export const activations: readonly HiddenActivation[] = [...within, 'leakyRelu', 'silu', 'gelu'];

/** An activation with what belongs to it. */
export type ActivationChoice = {
  readonly activation: HiddenActivation;
  /** The slope of leakyRelu below zero. */
  readonly leakySlope: number;
};

/** How a `Dense` or `Conv2D` and its activation share the work: the layer has it within, or `activationLayer` comes behind. */
export function withinLayer(activation: HiddenActivation): (typeof within)[number] | undefined {
  return within.find((name) => name === activation);
}

/**
 * A layer that is nothing but the activation. relu and softplus are tfjs-layers' own; the gradients of its other ones are wrong when they are
 * differentiated again, or several times as much work.
 */
export function activationLayer({ activation, leakySlope }: ActivationChoice, name: string): Layer {
  if (activation === 'relu' || activation === 'softplus') return tfl.layers.activation({ activation, name });
  registerLayer(HiddenActivationLayer);
  return new HiddenActivationLayer({ activation, ...(activation === 'leakyRelu' ? { leakySlope } : {}), name });
}

type Config = { readonly activation: Own; readonly leakySlope?: number; readonly name?: string };
type Own = 'elu' | 'tanh' | 'silu' | 'gelu' | 'leakyRelu';

const own: Readonly<Record<Own, (input: tf.Tensor, slope: number) => tf.Tensor>> = {
  elu: twiceDifferentiable.elu,
  tanh: twiceDifferentiable.tanh,
  silu: twiceDifferentiable.silu,
  gelu: twiceDifferentiable.gelu,
  leakyRelu: (input, slope) => leakyRelu(slope)(input),
};

/** tfjs's gradient of leakyRelu compares on the tape, and so has no gradient itself: here it is a product with a constant slope. */
function leakyRelu(alpha: number): (input: tf.Tensor) => tf.Tensor {
  return tf.customGrad((input: unknown, save: unknown) => {
    (save as (tensors: tf.Tensor[]) => void)([input as tf.Tensor]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor => {
      const [x] = saved as [tf.Tensor];
      return optionalKernel('LeakyReluGrad')?.({ dy, x }, { alpha }) ?? tf.mul(dy, tf.step(x, alpha));
    };
    return { value: tf.leakyRelu(input as tf.Tensor, alpha), gradFunc };
  }) as (input: tf.Tensor) => tf.Tensor;
}

/** The class behind `activationLayer`; known to `registerLayers`. */
export class HiddenActivationLayer extends tfl.layers.Layer {
  static readonly className: string = 'HiddenActivation';
  override readonly supportsMasking = true;
  readonly activation: Own;
  readonly leakySlope: number | undefined;

  /** Also called with the configuration of a saved model. */
  constructor({ activation, leakySlope, ...rest }: Config) {
    super(rest);
    this.activation = activation;
    this.leakySlope = leakySlope;
  }

  override getConfig(): tf.serialization.ConfigDict {
    const slope = this.leakySlope === undefined ? {} : { leakySlope: this.leakySlope };
    return { ...super.getConfig(), activation: this.activation, ...slope };
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const input = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => own[this.activation](input, this.leakySlope ?? 0));
  }
}
