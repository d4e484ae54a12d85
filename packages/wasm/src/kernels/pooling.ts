/** What the max-pool kernels share besides the search for the maxima. */
import type { backend_util } from '@tensorflow/tfjs-core';

type Sizes = { 2: [number, number]; 3: [number, number, number] };

/** Pads of 2-D pools may be explicit; those of 3-D pools may not. */
type Pad = { 2: 'valid' | 'same' | number | backend_util.ExplicitPadding; 3: 'valid' | 'same' | number };

export interface PoolAttributes<Rank extends 2 | 3> {
  readonly filterSize: Sizes[Rank] | number;
  readonly strides: Sizes[Rank] | number;
  readonly pad: Pad[Rank];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Adds each output gradient to the input that won its window. */
export function scatterToMaxima(positions: Int32Array, outputGradient: Float32Array, inputGradient: Float32Array): void {
  for (let slot = 0; slot < positions.length; slot++) {
    const position = positions[slot]!;
    if (position >= 0) inputGradient[position] = inputGradient[position]! + outputGradient[slot]!;
  }
}

/** Writes the maxima themselves; windows of nothing but padding give -Infinity, as on the cpu backend. */
export function gatherMaxima(positions: Int32Array, values: Float32Array, maxima: Float32Array): void {
  for (let slot = 0; slot < positions.length; slot++) {
    const position = positions[slot]!;
    maxima[slot] = position >= 0 ? values[position]! : -Infinity;
  }
}
