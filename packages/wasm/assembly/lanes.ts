/** One to three floats as part of a register: the end of a row whose length is not a multiple of four. Reads and writes no more. */

/** `count` (1 to 3) floats from `address`, and zeros behind them. */
export function loadLanes(address: usize, count: i32): v128 {
  let lanes = v128.load32_zero(address);
  if (count > 1) lanes = v128.load32_lane(address, lanes, 1, 4);
  if (count > 2) lanes = v128.load32_lane(address, lanes, 2, 8);
  return lanes;
}

/** Writes the first `count` (1 to 3) lanes. */
export function storeLanes(address: usize, lanes: v128, count: i32): void {
  v128.store32_lane(address, lanes, 0);
  if (count > 1) v128.store32_lane(address, lanes, 1, 4);
  if (count > 2) v128.store32_lane(address, lanes, 2, 8);
}
