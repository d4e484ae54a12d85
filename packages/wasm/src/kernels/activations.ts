/**
 * Activations, `Exp` and `ClipByValue`. Stock `Relu6` turns NaN into 0 and `ClipByValue` turns it into the lower bound, which hides
 * a failed row, and is wrong for integers; `Tanh`, `Exp`, `Softplus` and `LeakyRelu` are slow there. `Silu` and `Gelu` (the exact one) are kernels that tfjs
 * has not. `Sigmoid` stays stock.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import type { ActivationFunctions } from '../module/functions/activations';
import { defineKernel, type TrainingKernel } from '../training-kernel';
import { runPass } from './activation-passes';

interface Inputs {
  readonly x: TensorInfo;
}

function activation<Attributes = object>(
  name: string,
  functionName: keyof ActivationFunctions,
  numbersOf: (attributes: Attributes) => readonly number[] = () => [],
): TrainingKernel {
  return defineKernel<Inputs, Attributes & object>(name, (call, { stock, team }) => {
    const { inputs, attrs, backend } = call;
    if (inputs.x.dtype !== 'float32') return stock(name)(call);
    return runPass(team, backend, { functionName, inputs: [inputs.x], more: numbersOf(attrs) });
  });
}

/** One that tfjs has no kernel for, not for other types either. */
function ownActivation(name: string, functionName: keyof ActivationFunctions): TrainingKernel {
  return defineKernel<Inputs, object>(name, ({ inputs: { x }, backend }, { team }) => {
    if (x.dtype !== 'float32') throw expected(name, 'x', 'float32', x.dtype, 'Cast it first.');
    return runPass(team, backend, { functionName, inputs: [x], more: [] });
  });
}

interface Limits {
  readonly clipValueMin: number;
  readonly clipValueMax: number;
}

const clipByValue: TrainingKernel = defineKernel<Inputs, Limits>('ClipByValue', ({ inputs: { x }, attrs, backend }, { team }) => {
  const { clipValueMin: low, clipValueMax: high } = attrs;
  if (x.dtype === 'float32') return runPass(team, backend, { functionName: 'clip', inputs: [x], more: [low, high] });
  // The stock kernel takes the bits of integers for those of floats.
  const output = backend.makeOutput([...x.shape], x.dtype);
  const clipped = backend.typedArrayFromHeap(output);
  backend.typedArrayFromHeap(x).forEach((value, index) => {
    clipped[index] = Math.min(Math.max(value, low), high);
  });
  return output;
});

export const activations: readonly TrainingKernel[] = [
  activation('Relu', 'relu'),
  activation('Relu6', 'relu6'),
  activation<{ readonly alpha: number }>('LeakyRelu', 'leakyRelu', ({ alpha }) => [alpha]),
  activation('Elu', 'elu'),
  activation('Softplus', 'softplus'),
  activation('Tanh', 'tanh'),
  activation('Exp', 'exp'),
  clipByValue,
  ownActivation('Silu', 'silu'),
  ownActivation('Gelu', 'gelu'),
];
