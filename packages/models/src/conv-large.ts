/**
 * Conv-Large of VAT: 3 x (3x3, 128), pooling, 3 x (3x3, 256), pooling, 3x3 512, 1x1 256, 1x1 128, mean, dense.
 * 3,121,802 weights on 32x32x3. See vat-convnet.ts for what it shares with Conv-Small, and for the source.
 */
import { checkKeys, expected } from '@groundstate/core';
import { architectureKeys, checkSizes } from './check-architecture';
import type { LayersClassifier } from './from-layers-model';
import { type VatConvnetOptions, type VatWidths, vatConvnet } from './vat-convnet';

/** Options of `convLarge`. */
export type ConvLargeOptions = VatConvnetOptions & {
  /** Filters: of the first three convolutions, the next three, and each of the last three. @default [128, 256, 512, 256, 128] */
  readonly widths?: readonly number[];
};

/**
 * The larger network of VAT, with leaky relu, batch normalisation and dropout.
 *
 * @example
 * const model = convLarge({ headBatchNorm: true, preprocessing: rescaling({ scale: 1, offset: -0.5 }) }); // VAT's for SVHN
 */
export function convLarge(options: ConvLargeOptions = {}): LayersClassifier {
  checkKeys('convLarge', options, [...architectureKeys, 'widths', 'batchNormMomentum', 'headBatchNorm']);
  const widths = checkSizes('convLarge', 'widths', options.widths ?? [128, 256, 512, 256, 128]);
  if (widths.length !== 5) throw expected('convLarge', 'widths', 'five sizes', widths);
  return vatConvnet('convLarge', options, widths as unknown as VatWidths);
}
