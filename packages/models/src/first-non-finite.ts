/**
 * Looks through encoded weights for NaN and infinity, without making tensors.
 */
import type { io } from '@tensorflow/tfjs-core';
import { weightBytes } from './weight-bytes';

/** The first weight with a NaN or an infinity. Quantised weights are integers with a scale, which the scale alone can spoil. */
export function firstNonFinite(specs: readonly io.WeightsManifestEntry[], data: ArrayBuffer): string | undefined {
  let offset = 0;
  for (const spec of specs) {
    const bytes = weightBytes('firstNonFinite', 'specs', [spec]);
    const { scale = 1, min = 0 } = spec.quantization ?? {};
    if (!Number.isFinite(scale) || !Number.isFinite(min)) return spec.name;
    const plain = spec.dtype === 'float32' && spec.quantization === undefined;
    if (plain && !new Float32Array(data.slice(offset, offset + bytes)).every(Number.isFinite)) return spec.name;
    offset += bytes;
  }
  return undefined;
}
