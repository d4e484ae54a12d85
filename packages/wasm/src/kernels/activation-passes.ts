/** How activations and their gradients run: one pass over the elements, which threads share out. */

import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import { addressOf, sizeOf, type WasmBackend } from '../heap';
import type { KernelFunctionName } from '../module/kernel-functions';
import type { Team } from '../module/team';

/** Shares begin at multiples of so many floats: less than that takes one thread no longer than waking another. */
const SHARE = 16384;

export interface Pass {
  readonly functionName: KernelFunctionName;
  /** float32, all of one size; the result has the shape of the first. */
  readonly inputs: readonly TensorInfo[];
  /** What the compiled function takes behind the addresses and the bounds. */
  readonly more: readonly number[];
}

export function runPass(team: Team, backend: WasmBackend, { functionName, inputs, more }: Pass): TensorInfo {
  const output = backend.makeOutput([...inputs[0]!.shape], 'float32');
  const addresses = [...inputs, output].map((tensor) => addressOf(backend, tensor));
  team.run(functionName, sizeOf(output.shape), SHARE, (from, to) => [...addresses, from, to, ...more]);
  return output;
}

/** The compiled code reads as many elements of `saved` as `dy` has: nothing else may come in. */
export function checkGradientInputs(kernel: string, dy: TensorInfo, name: string, saved: TensorInfo): void {
  for (const [argument, tensor] of [['dy', dy] as const, [name, saved] as const]) {
    if (tensor.dtype !== 'float32') throw expected(kernel, argument, 'float32', tensor.dtype, 'Cast it first.');
  }
  if (sizeOf(dy.shape) === sizeOf(saved.shape)) return;
  throw expected(kernel, name, `of the shape of \`dy\`, ${JSON.stringify(dy.shape)}`, saved.shape, 'Nothing is broadcast here.');
}
