/**
 * Cross-entropy of logits `[rows, classes]` and integer labels: log(1 + sum over the rivals k of exp(z_k - z_y)), and its gradient,
 * for the rows [from, to). Not softmax minus one-hot: where the model is confident, the label's share of that is rounded away.
 *
 * lead_k = z_k - z_y; shift = max(0, the largest lead); sum = sum over the rivals of exp(lead_k - shift). Then the loss is
 * shift + log(exp(-shift) + sum), and a rival's share exp(lead_k - shift) / (exp(-shift) + sum).
 * A logit that is not finite makes its row NaN. A label that is no class leaves all classes rivals of a logit of 0.
 */
import { exponential, logarithm, logarithmOfOnePlus } from './exponential';
import { loadFirst, storeFirst } from './partial-vector';
import { at } from './vector';

export function crossEntropy(logits: usize, labels: usize, losses: usize, classes: i32, from: i32, to: i32): void {
  for (let row = from; row < to; row++) {
    const z = at(logits, row * classes);
    const label = load<i32>(at(labels, row));
    const reference = logitOf(z, classes, label);
    const shift = shiftOf(z, classes, reference);
    const sum = sumOfRivals(z, classes, label, reference, shift, 0);
    // Label ahead: the first summand is exactly 1, and small sums keep their digits.
    const loss = shift == 0
      ? f32x4.extract_lane(logarithmOfOnePlus(f32x4.splat(sum)), 0)
      : shift + f32x4.extract_lane(logarithm(f32x4.splat(scalarExponential(-shift) + sum)), 0);
    store<f32>(at(losses, row), loss);
  }
}

export function crossEntropyGradient(
  logits: usize, labels: usize, dy: usize, dx: usize, classes: i32, from: i32, to: i32,
): void {
  for (let row = from; row < to; row++) {
    const z = at(logits, row * classes);
    const d = at(dx, row * classes);
    const label = load<i32>(at(labels, row));
    const reference = logitOf(z, classes, label);
    const shift = shiftOf(z, classes, reference);
    const sum = sumOfRivals(z, classes, label, reference, shift, d);
    const whole = scalarExponential(-shift) + sum;
    const factor = load<f32>(at(dy, row));
    scaleRow(d, classes, whole, factor);
    // What the rivals get is taken from the label.
    if (<u32>label < <u32>classes) store<f32>(at(d, label), factor * -(sum / whole));
  }
}

/** The label's logit. */
// @ts-expect-error: decorators on functions are AssemblyScript's own
@inline
function logitOf(z: usize, classes: i32, label: i32): f32 {
  return <u32>label < <u32>classes ? load<f32>(at(z, label)) : 0;
}

function scalarExponential(x: f32): f32 {
  return f32x4.extract_lane(exponential(f32x4.splat(x)), 0);
}

/** max(0, the largest z_k - reference), or NaN where a logit is not finite. */
export function shiftOf(z: usize, classes: i32, reference: f32): f32 {
  const minus = f32x4.splat(reference);
  let largest = f32x4.splat(0);
  // Stays 0 unless a logit is infinite or NaN: no maximum that hands on NaN is needed.
  let failed = f32x4.splat(0);
  let k = 0;
  for (; k <= classes - 4; k += 4) {
    const logits = v128.load(at(z, k));
    largest = f32x4.pmax(largest, f32x4.sub(logits, minus));
    failed = f32x4.add(failed, f32x4.sub(logits, logits));
  }
  if (k < classes) {
    const logits = loadFirst(at(z, k), at(0, classes - k));
    const exists = i32x4.lt_s(i32x4.add(i32x4.splat(k), i32x4(0, 1, 2, 3)), i32x4.splat(classes));
    largest = f32x4.pmax(largest, v128.and(f32x4.sub(logits, minus), exists));
    failed = f32x4.add(failed, f32x4.sub(logits, logits));
  }
  const halves = f32x4.pmax(largest, i32x4.shuffle(largest, largest, 2, 3, 0, 1));
  const all = f32x4.pmax(halves, i32x4.shuffle(halves, halves, 1, 0, 3, 2));
  return f32x4.extract_lane(all, 0) + sumOfLanes(failed);
}

/** The sum over the rivals of exp(z_k - reference - shift); stores the summands, 0 for the label, at `summands` unless that is 0. */
export function sumOfRivals(z: usize, classes: i32, label: i32, reference: f32, shift: f32, summands: usize): f32 {
  const minus = f32x4.splat(reference), less = f32x4.splat(shift), chosen = i32x4.splat(label);
  let index = i32x4(0, 1, 2, 3);
  let sum = f32x4.splat(0);
  let k = 0;
  for (; k <= classes - 4; k += 4) {
    const rivals = v128.andnot(oddsOf(v128.load(at(z, k)), minus, less), i32x4.eq(index, chosen));
    sum = f32x4.add(sum, rivals);
    if (summands) v128.store(at(summands, k), rivals);
    index = i32x4.add(index, i32x4.splat(4));
  }
  if (k < classes) {
    const odds = v128.and(oddsOf(loadFirst(at(z, k), at(0, classes - k)), minus, less), i32x4.lt_s(index, i32x4.splat(classes)));
    const rivals = v128.andnot(odds, i32x4.eq(index, chosen));
    sum = f32x4.add(sum, rivals);
    if (summands) storeFirst(at(summands, k), rivals, at(0, classes - k));
  }
  return sumOfLanes(sum);
}

// @ts-expect-error: see above
@inline
function oddsOf(logits: v128, reference: v128, shift: v128): v128 {
  return exponential(f32x4.sub(f32x4.sub(logits, reference), shift));
}

/** Divides `count` numbers by `whole` and multiplies them by `factor`. */
export function scaleRow(numbers: usize, count: i32, whole: f32, factor: f32): void {
  const divisor = f32x4.splat(whole), scale = f32x4.splat(factor);
  let k = 0;
  for (; k <= count - 4; k += 4) {
    v128.store(at(numbers, k), f32x4.mul(f32x4.div(v128.load(at(numbers, k)), divisor), scale));
  }
  if (k >= count) return;
  const bytes = at(0, count - k);
  storeFirst(at(numbers, k), f32x4.mul(f32x4.div(loadFirst(at(numbers, k), bytes), divisor), scale), bytes);
}

// @ts-expect-error: see above
@inline
function sumOfLanes(v: v128): f32 {
  const halves = f32x4.add(v, i32x4.shuffle(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(halves, 0) + f32x4.extract_lane(halves, 1);
}
