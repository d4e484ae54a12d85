/** assembly/convolution.ts, filter-gradient.ts, few-channels.ts, minimal-filtering.ts and careful.ts; their arguments are explained there. */
type Many = (...numbers: number[]) => void;

export interface ConvolutionFunctions {
  /** Whether none of `count` floats is NaN or infinite: 1 or 0. */
  allFinite(address: number, count: number): number;
  packedFilterBytes(length: number, columns: number): number;
  packFilter(filter: number, length: number, columns: number, packed: number): void;
  packTurnedFilter(
    filter: number,
    filterWidth: number,
    inputChannels: number,
    outputChannels: number,
    firstRow: number,
    strideHeight: number,
    tapRows: number,
    firstColumn: number,
    strideWidth: number,
    tapColumns: number,
    packed: number,
  ): void;
  convolutionScratch(bandRowBytes: number): number;
  convolve: Many;
  filterTiles(height: number, run: number): number;
  filterGradientScratch(bandRowBytes: number, columns: number): number;
  filterGradient: Many;
  packedTapsBytes(taps: number, outputChannels: number): number;
  packTapFilter(filter: number, taps: number, outputChannels: number, packed: number): void;
  fewChannelsScratch(
    channels: number,
    outputRows: number,
    outputColumns: number,
    outputChannels: number,
    strideHeight: number,
    strideWidth: number,
    height: number,
    width: number,
  ): number;
  inputGradientOfFewChannels: Many;
  /** 6 or 8, or 0 where plain sums do as well. */
  minimalPoints(columns: number, width: number): number;
  /** Whether `count` floats are finite and below 2^44: 1 or 0. */
  allModerate(address: number, count: number): number;
  packedMinimalFilterBytes(points: number, height: number, channels: number, columns: number): number;
  packMinimalFilter(
    points: number,
    filter: number,
    height: number,
    width: number,
    channels: number,
    columns: number,
    turned: number,
    packed: number,
  ): void;
  minimalScratch(
    points: number,
    outputColumns: number,
    strideHeight: number,
    height: number,
    width: number,
    channels: number,
    columns: number,
  ): number;
  convolveMinimally: Many;
  minimalGradientBytes(points: number, height: number, channels: number, columns: number): number;
  filterGradientMinimally: Many;
  convolveCarefully: Many;
  inputGradientCarefully: Many;
  filterGradientCarefully: Many;
}
