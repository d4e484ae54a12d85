/**
 * The tf.Variables behind the weights of tfjs-layers: their stable names, and a way to run a forward pass that cannot write them.
 */
import { expected, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { Layer } from './layer-tree';
import { shadowed } from './shadow';

/**
 * Variables by `layer name/weight name`. tfjs makes every variable's own name unique in the process (`dense_1/kernel_3`),
 * so two models of one architecture would get different keys; the name as it was asked for is the same for both.
 *
 * @throws GroundstateError where two layers of nested models share a name.
 */
export function namedVariables(owner: string, weights: readonly LayerVariable[]): Readonly<Record<string, tf.Variable>> {
  const named: Record<string, tf.Variable> = {};
  for (const weight of new Set(weights)) {
    if (weight.originalName in named) {
      const advice = 'Give the layers of nested models names of their own; tfjs-layers could save such a model, but not load it.';
      throw expected(owner, 'model', 'a model whose weights have distinct names', `${weight.originalName} twice`, advice);
    }
    named[weight.originalName] = variableOf(owner, weight);
  }
  return Object.freeze(named);
}

/** Runs `body` while writes to these weights do nothing; writing works again afterwards, also when `body` throws. */
export function withoutWrites<Result>(weights: readonly LayerVariable[], body: () => Result): Result {
  return shadowed(weights, 'write', (weight) => () => weight, body);
}

/** The live kernel and bias of a Dense or convolution layer. `getWeights` puts frozen weights last, whatever they are. */
export function kernelAndBias(layer: Layer): { readonly kernel: tf.Tensor; readonly bias: tf.Tensor | undefined } {
  const { kernel, bias } = layer as unknown as { readonly kernel: LayerVariable; readonly bias?: LayerVariable | null };
  return { kernel: kernel.read(), bias: bias?.read() };
}

/** `read()` is typed as a tensor, but hands out the live variable. */
function variableOf(owner: string, weight: LayerVariable): tf.Variable {
  const value = weight.read();
  if (value instanceof tf.Variable) return value;
  throw new GroundstateError(
    'unsupported',
    `${owner}: expected tfjs-layers to keep the weight ${weight.originalName} in a tf.Variable of this copy of tfjs-core. Install one copy of @tensorflow/tfjs-core and of @tensorflow/tfjs-layers, both 4.22.0.`,
  );
}
