/**
 * One affine map for all inputs, x scale + offset: the stock `Rescaling` layer of tfjs-layers.
 */
import { checkKeys, checkNumber, expected } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { type Preprocessing, preprocessingName } from './preprocessing';

/** Options of `rescaling`. */
export type RescalingOptions = {
  /** Every input is multiplied by this, which must not be 0. @default 1 */
  readonly scale?: number;
  /** Added afterwards. @default 0 */
  readonly offset?: number;
};

/**
 * The same for every input and channel. VAT's networks for SVHN see (X - 127.5) / 255 of bytes X: with pixels x = X / 255 that is x - 0.5.
 *
 * @example
 * const model = convnet({ preprocessing: rescaling({ offset: -0.5 }) }); // sees [-0.5, 0.5]; its inputs and budgets stay in [0, 1]
 */
export function rescaling(options: RescalingOptions = {}): Preprocessing {
  const owner = 'rescaling';
  checkKeys(owner, options, ['scale', 'offset']);
  const scale = checkNumber(owner, 'scale', options.scale ?? 1);
  const offset = checkNumber(owner, 'offset', options.offset ?? 0);
  if (scale === 0) throw expected(owner, 'scale', 'a finite number other than 0', scale, 'With 0 every input would look the same.');
  return { name: owner, layer: () => tfl.layers.rescaling({ scale, offset, name: preprocessingName }) };
}
