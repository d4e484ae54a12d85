/** assembly/tile.ts and product.ts. */
export interface ProductFunctions {
  multiplyTile(a: number, b: number, k: number, sums: number): void;
  /** `turns` times 96 floating-point operations in registers; reads and writes 32 bytes at `address`. */
  measurePeak(turns: number, address: number): void;
  /** Bytes of scratch that one thread needs for `multiply` and `multiplyBatch`. */
  productScratch(): number;
  multiply(
    fromRow: number,
    toRow: number,
    fromColumn: number,
    toColumn: number,
    length: number,
    left: number,
    leftStride: number,
    leftTransposed: number,
    right: number,
    rightStride: number,
    rightTransposed: number,
    output: number,
    outputStride: number,
    bias: number,
    activation: number,
    slope: number,
    scratch: number,
  ): void;
  multiplyBatch(
    from: number,
    to: number,
    rows: number,
    columns: number,
    length: number,
    left: number,
    leftStride: number,
    leftTransposed: number,
    leftPitch: number,
    right: number,
    rightStride: number,
    rightTransposed: number,
    rightPitch: number,
    output: number,
    bias: number,
    activation: number,
    slope: number,
    scratch: number,
  ): void;
}
