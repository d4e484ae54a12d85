/** What tfjs has recorded: which ops lead from some tensors to another one. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, { readonly id: number } | undefined>>;
  readonly outputs: readonly { readonly id: number }[];
}

/** The names of the ops on the tape between some tensors and one that was made from them. Call it on the tape. */
export function tapeBetween(from: readonly Tensor[], to: Tensor): string[] {
  const { activeTape = [] } = (tf.engine() as unknown as { state: { activeTape?: TapeNode[] } }).state;
  const reached = new Set(from.map(({ id }) => id));
  const forward = activeTape.filter(({ inputs, outputs }) => {
    if (!Object.values(inputs).some((input) => input && reached.has(input.id))) return false;
    for (const { id } of outputs) reached.add(id);
    return true;
  });
  const needed = new Set([to.id]);
  const between = forward.reverse().filter(({ inputs, outputs }) => {
    if (!outputs.some(({ id }) => needed.has(id))) return false;
    for (const input of Object.values(inputs)) if (input) needed.add(input.id);
    return true;
  });
  return [...new Set(between.map(({ kernelName }) => kernelName))];
}
