/**
 * How many bytes encoded weights take.
 */
import { GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

const widths: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, complex64: 8, float16: 2, uint16: 2, uint8: 1 };

/** The bytes that these manifest entries promise, quantised ones as they are stored. */
export function weightBytes(owner: string, file: string, specs: readonly tf.io.WeightsManifestEntry[]): number {
  return specs.reduce((sum, { name, shape, dtype, quantization }) => {
    const stored = quantization?.dtype ?? dtype;
    const width = widths[stored];
    if (width !== undefined) return sum + width * tf.util.sizeFromShape(shape);
    throw new GroundstateError(
      'corrupt',
      `${owner}: expected \`${file}\` to be a manifest of numeric weights, got the type "${stored}" for "${name}".`,
    );
  }, 0);
}
