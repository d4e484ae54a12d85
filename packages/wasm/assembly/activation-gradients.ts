/**
 * Gradients of activations: dx[i] = dy[i] f'(i) for the elements [from, to), in one pass over dy and what the forward pass saved, its
 * input x or its output y. Multiplications are never skipped: NaN times a slope of 0 stays NaN, and a failed row stays visible.
 */
import { logistic } from './activations';
import { loadFirst, storeFirst } from './partial-vector';
import { bell, cumulative, densityFrom } from './normal-distribution';
import { at, multiplyAdd } from './vector';

const RELU: i32 = 0;
const RELU6: i32 = 1;
const LEAKY_RELU: i32 = 2;
const ELU: i32 = 3;
const SOFTPLUS: i32 = 4;
const SIGMOID: i32 = 5;
const TANH: i32 = 6;
const SILU: i32 = 7;
const GELU: i32 = 8;

export function reluGradient(dy: usize, x: usize, dx: usize, from: i32, to: i32): void {
  pass(RELU, dy, x, dx, from, to, 0);
}

export function relu6Gradient(dy: usize, x: usize, dx: usize, from: i32, to: i32): void {
  pass(RELU6, dy, x, dx, from, to, 0);
}

export function leakyReluGradient(dy: usize, x: usize, dx: usize, from: i32, to: i32, slope: f32): void {
  pass(LEAKY_RELU, dy, x, dx, from, to, slope);
}

export function eluGradient(dy: usize, y: usize, dx: usize, from: i32, to: i32): void {
  pass(ELU, dy, y, dx, from, to, 0);
}

export function softplusGradient(dy: usize, x: usize, dx: usize, from: i32, to: i32): void {
  pass(SOFTPLUS, dy, x, dx, from, to, 0);
}

export function sigmoidGradient(dy: usize, y: usize, dx: usize, from: i32, to: i32): void {
  pass(SIGMOID, dy, y, dx, from, to, 0);
}

export function tanhGradient(dy: usize, y: usize, dx: usize, from: i32, to: i32): void {
  pass(TANH, dy, y, dx, from, to, 0);
}

export function siluGradient(dy: usize, x: usize, dx: usize, from: i32, to: i32): void {
  pass(SILU, dy, x, dx, from, to, 0);
}

export function geluGradient(dy: usize, x: usize, dx: usize, from: i32, to: i32): void {
  pass(GELU, dy, x, dx, from, to, 0);
}

/** `kind` is a constant wherever this is called: what is left of `apply` is one formula. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function pass(kind: i32, dy: usize, saved: usize, dx: usize, from: i32, to: i32, slope: f32): void {
  const a = f32x4.splat(slope);
  let i = from;
  for (; i <= to - 4; i += 4) v128.store(at(dx, i), apply(kind, v128.load(at(dy, i)), v128.load(at(saved, i)), a));
  if (i >= to) return;
  const bytes = at(0, to - i);
  storeFirst(at(dx, i), apply(kind, loadFirst(at(dy, i), bytes), loadFirst(at(saved, i), bytes), a), bytes);
}

/** `v` is x or y, whichever was saved. */
// @ts-expect-error: see above
@inline
function apply(kind: i32, dy: v128, v: v128, a: v128): v128 {
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  if (kind == RELU) return f32x4.mul(dy, oneWhere(f32x4.gt(v, zero), v));
  if (kind == RELU6) return f32x4.mul(dy, oneWhere(v128.and(f32x4.gt(v, zero), f32x4.le(v, f32x4.splat(6))), v));
  if (kind == LEAKY_RELU) return v128.bitselect(dy, f32x4.mul(dy, a), f32x4.gt(v, zero));
  if (kind == ELU) return v128.bitselect(dy, f32x4.mul(dy, f32x4.add(v, one)), f32x4.ge(v, zero));
  if (kind == SOFTPLUS) return f32x4.mul(dy, logistic(v));
  // Not fused: with y near 1 these are what tfjs has only if y y is rounded.
  if (kind == SIGMOID) return f32x4.mul(dy, f32x4.mul(v, f32x4.sub(one, v)));
  if (kind == TANH) return f32x4.mul(f32x4.sub(one, f32x4.mul(v, v)), dy);
  if (kind == SILU) {
    const share = logistic(v);
    return f32x4.mul(dy, f32x4.mul(share, multiplyAdd(v, f32x4.sub(one, share), one)));
  }
  const b = bell(v); // GELU
  return f32x4.mul(dy, multiplyAdd(v, densityFrom(b), cumulative(v, b)));
}

/** 1 where the mask is set, 0 elsewhere, and NaN where v is. */
// @ts-expect-error: see above
@inline
function oneWhere(mask: v128, v: v128): v128 {
  return v128.or(v128.and(mask, f32x4.splat(1)), v128.and(v, f32x4.ne(v, v)));
}
