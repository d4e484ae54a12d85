/**
 * What the networks of this package are made of: a product (dense or convolution), batch normalisation where it is asked for, the activation.
 *
 * A product that is normalised has no bias: normalisation takes it away again, its gradient is rounding alone, and Adam would make steps of that.
 */
import { expected } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type ActivationChoice, activationLayer, withinLayer } from './activations';
import { checkShare } from './check-architecture';
import { initialiserName, leaveEmpty } from './initialise';
import type { Layer } from './layer-tree';

/**
 * y = scale (x - mean) / sqrt(variance + epsilon) + offset for every channel, the last axis. The moving average is of the variance of the batch
 * as it is, as in tfjs-layers; the papers' own code divides by one row less, which is nothing where a batch has thousands of places.
 */
export type BatchNormChoice = {
  /** What is kept of the moving averages in a training pass. */
  readonly momentum: number;
  readonly epsilon: number;
};

/** Adds layers to the end of a network. */
export function adder(network: tfl.Sequential): (...layers: Layer[]) => void {
  return (...layers) => {
    for (const layer of layers) network.add(layer);
  };
}

/** What a block has behind its product. */
export type BlockChoice = ActivationChoice & { readonly batchNorm?: BatchNormChoice | undefined };

export type ConvolutionShape = {
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides?: number;
  readonly padding: 'same' | 'valid';
};

/** Layers `name`, `name_batch_norm` and `name_activation`; the activation is within the first one where nothing comes between. */
export function convolutionBlock(choice: BlockChoice, name: string, shape: ConvolutionShape): Layer[] {
  return block(choice, name, (shared) => tfl.layers.conv2d({ ...shape, ...shared }));
}

/** The same of a dense layer. */
export function denseBlock(choice: BlockChoice, name: string, units: number): Layer[] {
  return block(choice, name, (shared) => tfl.layers.dense({ units, ...shared }));
}

/** The last layers: the logits, normalised where `batchNorm` says so. */
export function headBlock({ activation, batchNorm }: BlockChoice, name: string, classes: number): Layer[] {
  const kernelInitializer = initialiserName(activation);
  const product = leaveEmpty(tfl.layers.dense({ units: classes, name, kernelInitializer, useBias: batchNorm === undefined }));
  if (batchNorm === undefined) return [product];
  // A last layer that says that it is linear is known to give logits, here and wherever the model is loaded.
  return [product, batchNormLayer(batchNorm, `${name}_batch_norm`), tfl.layers.activation({ activation: 'linear', name: 'logits' })];
}

export function batchNormLayer({ momentum, epsilon }: BatchNormChoice, name: string): Layer {
  return tfl.layers.batchNormalization({ momentum, epsilon, name });
}

/** The options `batchNormMomentum` and `headBatchNorm` of those networks that have batch normalisation. */
export type BatchNormOptions = {
  /** What a training pass keeps of the moving averages, from 0 to below 1; short trainings want less than long ones. */
  readonly batchNormMomentum?: number;
  /** Normalises the logits as well. @default false */
  readonly headBatchNorm?: boolean;
};

/** Those of networks that have it if it is asked for. */
export type ChosenBatchNormOptions = BatchNormOptions & {
  /** Normalises what every hidden layer computes, before the activation. @default false */
  readonly batchNorm?: boolean;
};

export const chosenBatchNormKeys = ['batchNorm', 'batchNormMomentum', 'headBatchNorm'] as const;

/** What is asked for of the hidden layers and of the head. */
export function chosenBatchNorm(
  owner: string,
  options: ChosenBatchNormOptions,
): { readonly hidden: BatchNormChoice | undefined; readonly head: BatchNormChoice | undefined } {
  const { batchNormMomentum } = options;
  const normalisation = { momentum: checkMomentum(owner, batchNormMomentum, 0.9), epsilon: 1e-6 };
  const hidden = checkTruth(owner, 'batchNorm', options.batchNorm) ? normalisation : undefined;
  const head = checkTruth(owner, 'headBatchNorm', options.headBatchNorm) ? normalisation : undefined;
  if (batchNormMomentum !== undefined && !hidden && !head) {
    const advice = 'Set batchNorm or headBatchNorm to true.';
    throw expected(owner, 'batchNormMomentum', 'left out where nothing is normalised', batchNormMomentum, advice);
  }
  return { hidden, head };
}

export function checkMomentum(owner: string, given: unknown, usual: number): number {
  return checkShare(owner, 'batchNormMomentum', given ?? usual);
}

export function checkTruth(owner: string, name: string, given: unknown): boolean {
  if (given === undefined || typeof given === 'boolean') return given ?? false;
  throw expected(owner, name, 'true or false', given);
}

type Shared = {
  readonly name: string;
  readonly kernelInitializer: 'heNormal' | 'glorotUniform';
  readonly useBias: boolean;
  readonly activation: 'linear' | NonNullable<ReturnType<typeof withinLayer>>;
};

function block(choice: BlockChoice, name: string, make: (shared: Shared) => Layer): Layer[] {
  const { activation, batchNorm } = choice;
  const within = batchNorm === undefined ? withinLayer(activation) : undefined;
  const kernelInitializer = initialiserName(activation);
  const product = leaveEmpty(make({ name, kernelInitializer, useBias: batchNorm === undefined, activation: within ?? 'linear' }));
  return [
    product,
    ...(batchNorm === undefined ? [] : [batchNormLayer(batchNorm, `${name}_batch_norm`)]),
    ...(within === undefined ? [activationLayer(choice, `${name}_activation`)] : []),
  ];
}
