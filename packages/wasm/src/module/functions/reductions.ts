/** assembly/reductions.ts: reductions of [outer][rows][columns] over the rows. */
export interface ReductionFunctions {
  /** `from` and `to` are results, counted as outer x columns + column. */
  sumRows(from: number, to: number, x: number, rows: number, columns: number, divisor: number, output: number): void;
  /** `from` and `to` are blocks of rows, `blocks` to an outer index; `sums` takes a double for each block and column. */
  sumBlocks(from: number, to: number, x: number, rows: number, columns: number, blocks: number, blockRows: number, sums: number): void;
  /** `from` and `to` as for sumRows; there must be a row. */
  maximumRows(from: number, to: number, x: number, rows: number, columns: number, output: number): void;
}
