/** Gradients of tfjs's activations by the kernels of kernels/activation-gradients.ts: one pass each. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { runKernel, type TrainingGradient } from '../training-gradient';

/** `saved` is what tfjs saves for the gradient of `name`: the input x or the output y. */
function activationGradient(name: string, kernel: string, saved: 'x' | 'y'): TrainingGradient {
  return {
    name,
    gradients: (dy, [values], attributes) => ({
      x: () => runKernel(kernel, { dy: dy as Tensor, [saved]: asFloats(values!) }, attributes),
    }),
  };
}

/** Of integers tfjs can take a relu and its gradient, too. */
function asFloats(values: Tensor): Tensor {
  return values.dtype === 'float32' ? values : tf.cast(values, 'float32');
}

export const activationGradients: readonly TrainingGradient[] = [
  activationGradient('Relu', 'ReluGrad', 'x'),
  activationGradient('Relu6', 'Relu6Grad', 'x'),
  activationGradient('LeakyRelu', 'LeakyReluGrad', 'x'),
  activationGradient('Elu', 'EluGrad', 'y'),
  activationGradient('Sigmoid', 'SigmoidGrad', 'y'),
  activationGradient('Tanh', 'TanhGrad', 'y'),
  activationGradient('Softplus', 'SoftplusGrad', 'x'),
];
