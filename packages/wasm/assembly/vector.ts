/** Arithmetic on four floats at a time, in the two forms that the package is built in. */

/**
 * a * b + c. With RELAXED (a constant of the build) one rounding where the processor has FMA, and one instruction;
 * otherwise two, and the same bits on every machine.
 */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (RELAXED) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** The address of the element `index` of floats at `base`. */
// @ts-expect-error: see above
@inline
export function at(base: usize, index: i32): usize {
  return base + ((<usize>index) << 2);
}
