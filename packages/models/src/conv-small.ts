/**
 * Conv-Small of VAT, the shape of Conv-Large with less width: 3 x (3x3, 96), pooling, 3 x (3x3, 192), pooling, 3x3 192, 1x1 192, 1x1 192,
 * mean, dense (CIFAR-10), or 64, 128 and 128 (SVHN). 1,408,234 weights on 32x32x3. See vat-convnet.ts for the source.
 */
import { checkKeys, expected } from '@groundstate/core';
import { architectureKeys, checkSizes } from './check-architecture';
import type { LayersClassifier } from './from-layers-model';
import { type VatConvnetOptions, vatConvnet } from './vat-convnet';

/** Options of `convSmall`. */
export type ConvSmallOptions = VatConvnetOptions & {
  /** Filters: of the first three convolutions, the next three, and the last three. VAT has [64, 128, 128] for SVHN. @default [96, 192, 192] */
  readonly widths?: readonly number[];
};

/**
 * The smaller network of VAT, with leaky relu, batch normalisation and dropout.
 *
 * @example
 * const model = convSmall({ widths: [64, 128, 128], headBatchNorm: true }); // VAT's for SVHN
 */
export function convSmall(options: ConvSmallOptions = {}): LayersClassifier {
  checkKeys('convSmall', options, [...architectureKeys, 'widths', 'batchNormMomentum', 'headBatchNorm']);
  const widths = checkSizes('convSmall', 'widths', options.widths ?? [96, 192, 192]);
  if (widths.length !== 3) throw expected('convSmall', 'widths', 'three sizes', widths);
  const [first, second, last] = widths as [number, number, number];
  return vatConvnet('convSmall', options, [first, second, last, last, last]);
}
