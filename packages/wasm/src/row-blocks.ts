/**
 * How a long sum is cut into blocks of rows that threads share out: by the shape alone, so that the same numbers are added in the
 * same order however many threads there are, and bounded in what the blocks' sums take.
 */
export interface RowBlocks {
  readonly blocks: number;
  /** Of every block but the last. */
  readonly blockRows: number;
}

/** Fewer elements are not worth a block. */
const BLOCK_ELEMENTS = 32768;
/** Adding blocks up must stay a small part of the work. */
const FEWEST_ROWS = 64;
const MOST_BLOCKS = 64;
/** The sums of all blocks, in doubles: half a megabyte. */
export const MOST_SUMS = 65536;

export function rowBlocks(rows: number, columns: number): RowBlocks {
  const wanted = Math.ceil((rows * columns) / BLOCK_ELEMENTS);
  const atMost = Math.min(MOST_BLOCKS, Math.floor(rows / FEWEST_ROWS), Math.floor(MOST_SUMS / columns));
  const blockRows = Math.ceil(rows / Math.max(1, Math.min(wanted, atMost)));
  return { blocks: Math.ceil(rows / blockRows), blockRows };
}
