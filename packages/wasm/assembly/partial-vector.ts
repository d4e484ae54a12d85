/**
 * Vectors of which only the first `bytes` (4, 8, 12 or 16) belong to us, such as the end of a row: nothing beyond them is read or written,
 * and what is not read is 0.
 */

// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
export function loadFirst(address: usize, bytes: usize): v128 {
  if (bytes == 16) return v128.load(address);
  if (bytes == 4) return v128.load32_zero(address);
  const two = v128.load64_zero(address);
  return bytes == 8 ? two : v128.load32_lane(address, two, 2, 8);
}

// @ts-expect-error: see above
@inline
export function storeFirst(address: usize, values: v128, bytes: usize): void {
  if (bytes == 16) v128.store(address, values);
  else if (bytes == 4) v128.store32_lane(address, values, 0);
  else {
    v128.store64_lane(address, values, 0);
    if (bytes == 12) v128.store32_lane(address, values, 2, 8);
  }
}
