/**
 * The gradients of activations, one pass each where tfjs composes up to four operations. Only `EluGrad` is a kernel of tfjs; the
 * others are called by src/gradients/activations.ts, `SiluGrad` and `GeluGrad` by whoever has a gradient for silu and gelu.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ActivationFunctions } from '../module/functions/activations';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { checkGradientInputs, runPass } from './activation-passes';

interface Attributes {
  /** Of `LeakyReluGrad` alone. */
  readonly alpha: number;
}

/** `saved` is what the forward pass saved, under the name that the kernel has for it: its input x or its output y. */
function gradient(
  name: string,
  functionName: keyof ActivationFunctions,
  saved: 'x' | 'y',
  numbersOf: (attributes: Attributes) => readonly number[] = () => [],
): TrainingKernel {
  return defineKernel<Readonly<Record<string, TensorInfo>>, Attributes>(name, ({ inputs, attrs, backend }, { team }) => {
    const [dy, values] = [inputs.dy!, inputs[saved]!];
    checkGradientInputs(name, dy, saved, values);
    return runPass(team, backend, { functionName, inputs: [dy, values], more: numbersOf(attrs) });
  });
}

export const activationGradients: readonly TrainingKernel[] = [
  gradient('ReluGrad', 'reluGradient', 'x'),
  gradient('Relu6Grad', 'relu6Gradient', 'x'),
  gradient('LeakyReluGrad', 'leakyReluGradient', 'x', ({ alpha }) => [alpha]),
  gradient('EluGrad', 'eluGradient', 'y'),
  gradient('SigmoidGrad', 'sigmoidGradient', 'y'),
  gradient('TanhGrad', 'tanhGradient', 'y'),
  gradient('SoftplusGrad', 'softplusGradient', 'x'),
  gradient('SiluGrad', 'siluGradient', 'x'),
  gradient('GeluGrad', 'geluGradient', 'x'),
];
