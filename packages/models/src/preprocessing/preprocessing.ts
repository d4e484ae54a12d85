/**
 * What a network does to its inputs before its first trained layer. It lives inside the model, so that budgets and bounds are in the units of
 * the data (pixels), whatever the first trained layer sees, and so that a saved model needs nothing beside it.
 */
import { expected } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Layer } from '../layer-tree';

/** What `channelNormalisation`, `rescaling` and `zcaWhitening` give: the `preprocessing` of a network. */
export interface Preprocessing {
  /** What reports call it. */
  readonly name: string;
  /**
   * A layer with no weight to train, new for every network. Its constants are saved with the model.
   *
   * @throws GroundstateError where it was not made for examples of this shape.
   */
  layer(inputShape: readonly number[]): Layer;
}

/** The name of the layer in every network: what it is, its class says. */
export const preprocessingName = 'preprocessing';

/** How a network begins: the shape of one example, and what is done to it first. */
export type Beginning = { readonly inputShape: readonly number[]; readonly preprocessing: Preprocessing | undefined };

/** The first layers of a Sequential: `input`, and `preprocessing` where there is one. */
export function beginSequential(network: tfl.Sequential, { inputShape, preprocessing }: Beginning): void {
  network.add(tfl.layers.inputLayer({ inputShape: [...inputShape], name: 'input' }));
  if (preprocessing) network.add(preprocessing.layer(inputShape));
}

/** The same for a functional model: `input` is the model's input, `values` what its first layer is applied to. */
export function beginFunctional({ inputShape, preprocessing }: Beginning): {
  readonly input: tfl.SymbolicTensor;
  readonly values: tfl.SymbolicTensor;
} {
  const input = tfl.input({ shape: [...inputShape], name: 'input' });
  return { input, values: preprocessing ? (preprocessing.layer(inputShape).apply(input) as tfl.SymbolicTensor) : input };
}

/** The `preprocessing` option of an architecture. */
export function checkPreprocessing(owner: string, given: unknown): Preprocessing | undefined {
  if (given === undefined || typeof (given as Partial<Preprocessing> | null)?.layer === 'function')
    return given as Preprocessing | undefined;
  throw expected(owner, 'preprocessing', 'what channelNormalisation(), rescaling() or zcaWhitening() gives', given);
}
