/**
 * The binary of the stock backend, for a heap that threads can share. It differs from the one that tfjs publishes in one
 * byte: the flags of its memory. So it is made out of the copy that the user has, and only out of the one known release.
 */

/** The SHA-256 of tfjs-backend-wasm-simd.wasm in tfjs-backend-wasm 4.22.0. */
export const STOCK_SHA256 = '77ebb28a6d34f371dbbf2086b7f2de8994acd8ea5a3cf1fa24d2c26c840cac7b';

/** Where the flags of the memory stand in that file: after the header of section 5 and the number of memories. */
const FLAGS_AT = 1716;
const HAS_MAXIMUM = 1;
const SHARED = 2;

/** A copy of `stock`, the file of that hash, that makes its memory shared. */
export function withSharedHeap(stock: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(stock);
  copy[FLAGS_AT] = HAS_MAXIMUM | SHARED;
  return copy;
}
