/**
 * Activations, forward: y[i] = f(x[i]) for the elements [from, to), in one pass. The same arithmetic for whole registers and for
 * the one to three elements at the end, so that an element does not depend on its place. NaN stays NaN in all of them. Relative errors
 * are below 5e-7 (exp: 1e-7).
 * Sigmoid is missing: the backend's own is as fast.
 */
import { exponential, exponentialMinusOne, logarithmOfOnePlus } from './exponential';
import { loadFirst, storeFirst } from './partial-vector';
import { bell, cumulative } from './normal-distribution';
import { at } from './vector';

const RELU: i32 = 0;
const RELU6: i32 = 1;
const LEAKY_RELU: i32 = 2;
const ELU: i32 = 3;
const SOFTPLUS: i32 = 4;
const TANH: i32 = 5;
const EXP: i32 = 6;
const CLIP: i32 = 7;
const SILU: i32 = 8;
const GELU: i32 = 9;

export function relu(x: usize, y: usize, from: i32, to: i32): void {
  pass(RELU, x, y, from, to, 0, 0);
}

export function relu6(x: usize, y: usize, from: i32, to: i32): void {
  pass(RELU6, x, y, from, to, 0, 0);
}

export function leakyRelu(x: usize, y: usize, from: i32, to: i32, slope: f32): void {
  pass(LEAKY_RELU, x, y, from, to, slope, 0);
}

export function elu(x: usize, y: usize, from: i32, to: i32): void {
  pass(ELU, x, y, from, to, 0, 0);
}

export function softplus(x: usize, y: usize, from: i32, to: i32): void {
  pass(SOFTPLUS, x, y, from, to, 0, 0);
}

export function tanh(x: usize, y: usize, from: i32, to: i32): void {
  pass(TANH, x, y, from, to, 0, 0);
}

export function exp(x: usize, y: usize, from: i32, to: i32): void {
  pass(EXP, x, y, from, to, 0, 0);
}

export function clip(x: usize, y: usize, from: i32, to: i32, low: f32, high: f32): void {
  pass(CLIP, x, y, from, to, low, high);
}

export function silu(x: usize, y: usize, from: i32, to: i32): void {
  pass(SILU, x, y, from, to, 0, 0);
}

export function gelu(x: usize, y: usize, from: i32, to: i32): void {
  pass(GELU, x, y, from, to, 0, 0);
}

/** `kind` is a constant wherever this is called: what is left of `apply` is one formula. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function pass(kind: i32, x: usize, y: usize, from: i32, to: i32, first: f32, second: f32): void {
  const a = f32x4.splat(first), b = f32x4.splat(second);
  let i = from;
  for (; i <= to - 4; i += 4) v128.store(at(y, i), apply(kind, v128.load(at(x, i)), a, b));
  if (i >= to) return;
  const bytes = at(0, to - i);
  storeFirst(at(y, i), apply(kind, loadFirst(at(x, i), bytes), a, b), bytes);
}

// @ts-expect-error: see above
@inline
function apply(kind: i32, x: v128, a: v128, b: v128): v128 {
  const zero = f32x4.splat(0);
  // pmax(x, 0) is x < 0 ? 0 : x: a NaN stays. Adding 0 makes +0 of -0, as the cpu backend has it.
  if (kind == RELU) return f32x4.add(f32x4.pmax(x, zero), zero);
  if (kind == RELU6) return f32x4.pmin(f32x4.add(f32x4.pmax(x, zero), zero), f32x4.splat(6));
  if (kind == LEAKY_RELU) return v128.bitselect(f32x4.mul(x, a), x, f32x4.lt(x, zero));
  if (kind == ELU) return v128.bitselect(x, exponentialMinusOne(x), f32x4.ge(x, zero));
  if (kind == SOFTPLUS) {
    const above = f32x4.add(f32x4.pmax(x, zero), zero);
    return f32x4.add(above, logarithmOfOnePlus(exponential(f32x4.neg(f32x4.abs(x)))));
  }
  if (kind == TANH) {
    // -e / (e + 2) with e = exp(-2 |x|) - 1; keeps the digits of small x.
    const e = exponentialMinusOne(f32x4.mul(f32x4.abs(x), f32x4.splat(-2)));
    const size = f32x4.div(f32x4.neg(e), f32x4.add(e, f32x4.splat(2)));
    return v128.bitselect(x, size, i32x4.splat(0x80000000));
  }
  if (kind == EXP) return exponential(x);
  if (kind == CLIP) return f32x4.pmin(f32x4.pmax(x, a), b);
  if (kind == SILU) return f32x4.mul(x, logistic(x));
  return f32x4.mul(x, cumulative(x, bell(x))); // GELU
}

/** 1 / (1 + exp(-x)), with small relative errors on both sides. */
// @ts-expect-error: see above
@inline
export function logistic(x: v128): v128 {
  const e = exponential(f32x4.neg(f32x4.abs(x)));
  const above = f32x4.div(f32x4.splat(1), f32x4.add(e, f32x4.splat(1)));
  return v128.bitselect(f32x4.mul(e, above), above, f32x4.lt(x, f32x4.splat(0)));
}
