/**
 * Where an energy gets into `model.fit`. tfjs-layers takes its train function before callbacks hear of the model, and
 * nothing that the function reads later sees the inputs: so `makeTrainFunction` is wrapped once, on the prototype, by a
 * dispatcher that does nothing but look at the hooks of the one function it has made. A fit that crashes leaves nothing
 * behind, because its hooks went with its function.
 */
import type { GroundstateError } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { refusal } from './refusal';

/** The inputs, the targets, then the class weights (or nothing) of one batch. */
export type Data = readonly (Tensor | null)[];
export type TrainFunction = (data: Data) => Tensor[];
/** Runs around one training step. */
export type Hook = (data: Data, train: TrainFunction) => Tensor[];
export type Hooks = Set<Hook>;

/** The parts of tfjs-layers 4.22 that its types hide. */
export interface OpenModel {
  makeTrainFunction(): TrainFunction;
  standardizeUserDataXY(x: unknown, y: unknown): [Tensor[], Tensor[]];
  readonly lossFunctions?: readonly ((target: Tensor, output: Tensor) => Tensor)[];
  readonly isTraining: boolean;
  calculateLosses(): Tensor[];
}

type Seam = { readonly latest: WeakMap<object, Hooks> };

// On the prototype, under a name that all copies of this package share: ESM and CommonJS copies meet in one process.
const mark: unique symbol = Symbol.for('groundstate.layers-seam') as never;
/** On the callback's prototype: how the callbacks of other copies of this package are known. */
export const ours: unique symbol = Symbol.for('groundstate.energy-regularizer') as never;

export const open = (model: tfl.LayersModel): OpenModel => model as unknown as OpenModel;

/** Idempotent. Throws where tfjs-layers is not the version whose train function this was written for. */
export function installSeam(owner: string): void {
  if (!/^4\.22\./.test(tfl.version_layers)) {
    const advice = 'Install 4.22.0 of every @tensorflow/tfjs package.';
    throw refusal(owner, '@tensorflow/tfjs-layers', 'of version 4.22', tfl.version_layers, advice, { code: 'unsupported' });
  }
  const prototype = tfl.LayersModel.prototype as unknown as OpenModel & { [mark]?: Seam };
  if (prototype[mark]) return;
  const latest: Seam['latest'] = new WeakMap();
  Object.defineProperty(prototype, mark, { value: { latest } });
  const make = prototype.makeTrainFunction;
  prototype.makeTrainFunction = function (this: OpenModel) {
    const hooks: Hooks = new Set();
    latest.set(this, hooks);
    const plain = make.call(this);
    return (data) => [...hooks].reduce<TrainFunction>((train, hook) => (given) => hook(given, train), plain)(data);
  };
  refusePlainObjects();
}

/** The hooks of the train function that `model` made last. Ask in `setModel`: tfjs-layers calls it before anything can come between. */
export function latestHooks(model: tfl.LayersModel): Hooks | undefined {
  return (model as unknown as { readonly [mark]?: Seam })[mark]?.latest.get(model);
}

/** A plain object beside a callback instance makes tfjs-layers fail with "setParams is not a function": here it gets words. */
function refusePlainObjects(): void {
  const prototype = tfl.CallbackList.prototype;
  const set = prototype.setParams;
  prototype.setParams = function (this: tfl.CallbackList, params) {
    const isPlain = (callback: unknown): boolean => typeof (callback as Partial<tfl.CustomCallback>).setParams !== 'function';
    if (this.callbacks.some((callback) => ours in callback) && this.callbacks.some(isPlain)) throw plainObject('after');
    return set.call(this, params);
  };
}

export function plainObject(where: 'before' | 'after'): GroundstateError {
  const advice = 'Write new tf.CustomCallback({ ... }) around the object: tfjs-layers cannot mix the two.';
  return refusal('energyRegularizer', 'callbacks', 'instances of tf.Callback', `a plain object ${where} it`, advice);
}
