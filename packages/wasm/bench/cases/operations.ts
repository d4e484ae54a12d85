/** The additions and multiplications of each piece of work. Taps that fall on padding count, as is the custom. */
import type { Convolution, Layer, Network, Product } from './work';

/** Long enough that nothing around the loop counts: some ten milliseconds. */
export const PEAK_TURNS = 5_000_000;

/** A turn of `measurePeak` is twelve registers of four lanes, one multiplication and one addition each. */
export function peakOperations(turns: number): number {
  return turns * 12 * 4 * 2;
}

export function productOperations({ batch, rows, inner, columns }: Product): number {
  return 2 * batch * rows * inner * columns;
}

/** The same in all three passes: each pairs every output with every tap and channel once. */
export function convolutionOperations(work: Omit<Convolution, 'kind' | 'pass'>): number {
  const { batch, inputs, outputs, filter } = work;
  return 2 * batch * outputSize(work) ** 2 * filter ** 2 * inputs * outputs;
}

/** Height and width of what a convolution gives. */
export function outputSize(work: Pick<Convolution, 'size' | 'filter' | 'stride' | 'padding'>): number {
  return Math.floor((work.size + 2 * work.padding - work.filter) / work.stride) + 1;
}

/** A forward pass of each layer of a network, in order. Activations and pools are not counted. */
export function layerOperations({ size, layers }: Network, batch: number): readonly number[] {
  let height = size;
  return layers.map((layer: Layer) => {
    if (layer.type === 'dense') return 2 * batch * layer.inputs * layer.outputs;
    const work = { ...layer, batch, size: height };
    height = outputSize(work) / (layer.pool ?? 1);
    return convolutionOperations(work);
  });
}
