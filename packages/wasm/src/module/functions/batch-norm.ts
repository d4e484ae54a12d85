/** assembly/batch-norm.ts: batch normalisation of [rows][columns], a column being a channel. */
export interface BatchNormFunctions {
  /** `from` and `to` are blocks of rows; `sums` takes 2 x columns doubles for each. */
  momentSums(from: number, to: number, x: number, centre: number, rows: number, columns: number, blockRows: number, sums: number): void;
  /** The same for the gradient. */
  gradientSums(
    from: number,
    to: number,
    dy: number,
    x: number,
    mean: number,
    rows: number,
    columns: number,
    blockRows: number,
    sums: number,
  ): void;
  /** `from` and `to` are runs of `length` numbers, of `count` numbers in all; `vectors` holds mean, factor and offset. */
  normalise(from: number, to: number, x: number, count: number, vectors: number, length: number, output: number): void;
  /** The same; `vectors` holds mean, factor, shift and slope. */
  normaliseGradient(from: number, to: number, dy: number, x: number, count: number, vectors: number, length: number, output: number): void;
}
