/**
 * The options that every architecture of this package shares, checked at construction.
 */
import { type Bounds, checkNumber, checkOneOf, expected } from '@groundstate/core';
import { type ActivationChoice, activations, type HiddenActivation } from './activations';
import { checkPreprocessing, type Preprocessing } from './preprocessing/preprocessing';

/** What all networks of this package take. */
export type ArchitectureOptions = {
  /** Shape of one example, without the batch axis. @default [28, 28, 1] */
  readonly inputShape?: readonly number[];
  /** How many classes, at least 2. @default 10 */
  readonly classes?: number;
  /** Between the layers; the smooth ones suit second-order work and finite differences. @default 'relu' */
  readonly activation?: HiddenActivation;
  /** The slope of leakyRelu below zero, from 0 to below 1. @default 0.1 */
  readonly leakySlope?: number;
  /** The share of hidden units that a training pass drops after every hidden dense layer; 0 leaves the layers out. @default 0 */
  readonly dropout?: number;
  /** Initial weights are drawn from this integer. @default 0 */
  readonly seed?: number;
  /** The interval every input coordinate lives in. @default [0, 1] */
  readonly bounds?: Bounds;
  /** Done to the inputs inside the network, before its first layer: `channelNormalisation`, `rescaling`, `zcaWhitening`. @default nothing */
  readonly preprocessing?: Preprocessing;
  /** What reports call the model. @default the factory's name */
  readonly name?: string;
};

export type Architecture = ActivationChoice & {
  readonly inputShape: number[];
  readonly classes: number;
  readonly dropout: number;
  readonly seed: number;
  readonly preprocessing: Preprocessing | undefined;
  readonly wrap: { readonly name: string; readonly bounds: Bounds };
};

export const architectureKeys: readonly string[] = [
  'inputShape',
  'classes',
  'activation',
  'leakySlope',
  'dropout',
  'seed',
  'bounds',
  'preprocessing',
  'name',
];

export function checkArchitecture(owner: string, options: ArchitectureOptions, rank?: number): Architecture {
  const inputShape = checkSizes(owner, 'inputShape', options.inputShape ?? [28, 28, 1]);
  if (rank === undefined ? inputShape.length === 0 : inputShape.length !== rank) {
    throw expected(owner, 'inputShape', rank === 3 ? '[height, width, channels]' : 'an array of at least one size', inputShape);
  }
  return {
    inputShape,
    classes: checkNumber(owner, 'classes', options.classes ?? 10, { integer: true, min: 2 }),
    activation: checkOneOf(owner, 'activation', options.activation ?? 'relu', activations),
    leakySlope: checkShare(owner, 'leakySlope', options.leakySlope ?? 0.1),
    dropout: checkShare(owner, 'dropout', options.dropout ?? 0),
    seed: checkNumber(owner, 'seed', options.seed ?? 0, { integer: true }),
    preprocessing: checkPreprocessing(owner, options.preprocessing),
    wrap: { name: options.name ?? owner, bounds: options.bounds ?? [0, 1] },
  };
}

/** A number from 0 to below 1. */
export function checkShare(owner: string, name: string, share: unknown): number {
  if (!(typeof share === 'number' && share >= 0 && share < 1)) throw expected(owner, name, 'a number from 0 to below 1', share);
  return share;
}

/** An array of positive integers, copied. */
/** Far beyond what any network has; more could not even be allocated, and tfjs would say so in words of its own. */
const largest = 2 ** 20;

export function checkSizes(owner: string, name: string, sizes: unknown): number[] {
  const fits = Array.isArray(sizes) && sizes.every((size) => Number.isInteger(size) && size > 0 && size <= largest);
  if (!fits) throw expected(owner, name, `an array of positive integers up to ${largest}`, sizes);
  return [...sizes];
}
