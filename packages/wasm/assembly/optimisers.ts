/**
 * Steps of optimisers, one pass over memory each: every number is read once and written once, four at a time. They wait for
 * memory, not for arithmetic, so products and sums are rounded one by one (no FMA), in the order in which the same rule is
 * rounded as separate operations: both builds, and every backend that does these operations by the standard, agree to the bit.
 */

/**
 * Adam on `count` numbers from the given addresses on: m' = beta1 m + restOfBeta1 g, v' = beta2 v + restOfBeta2 g^2,
 * w' = shrink w - rate m' / (sqrt(v' / correction) + epsilon).
 */
export function adamStep(
  weight: usize, gradient: usize, m: usize, v: usize, newWeight: usize, newM: usize, newV: usize, count: i32,
  beta1: f32, restOfBeta1: f32, beta2: f32, restOfBeta2: f32, correction: f32, epsilon: f32, rate: f32, shrink: f32,
): void {
  const vectors: usize = (<usize>(count & ~3)) << 2, bytes: usize = (<usize>count) << 2;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    const g = v128.load(gradient + i);
    const meanNow = f32x4.add(f32x4.mul(v128.load(m + i), f32x4.splat(beta1)), f32x4.mul(g, f32x4.splat(restOfBeta1)));
    const squareNow = f32x4.add(
      f32x4.mul(v128.load(v + i), f32x4.splat(beta2)), f32x4.mul(f32x4.mul(g, g), f32x4.splat(restOfBeta2)));
    const scale = f32x4.add(f32x4.sqrt(f32x4.div(squareNow, f32x4.splat(correction))), f32x4.splat(epsilon));
    const move = f32x4.div(f32x4.mul(meanNow, f32x4.splat(rate)), scale);
    v128.store(newM + i, meanNow);
    v128.store(newV + i, squareNow);
    v128.store(newWeight + i, f32x4.sub(f32x4.mul(v128.load(weight + i), f32x4.splat(shrink)), move));
  }
  for (; i < bytes; i += 4) {
    const g = load<f32>(gradient + i);
    const meanNow: f32 = load<f32>(m + i) * beta1 + g * restOfBeta1;
    const squareNow: f32 = load<f32>(v + i) * beta2 + g * g * restOfBeta2;
    const scale: f32 = sqrt<f32>(squareNow / correction) + epsilon;
    store<f32>(newM + i, meanNow);
    store<f32>(newV + i, squareNow);
    store<f32>(newWeight + i, load<f32>(weight + i) * shrink - (meanNow * rate) / scale);
  }
}

/** Plain descent on `count` numbers: w' = w - rate g. With `decays` g is the gradient plus weightDecay w. */
export function sgdStep(
  weight: usize, gradient: usize, newWeight: usize, count: i32, decays: i32, weightDecay: f32, rate: f32,
): void {
  const vectors: usize = (<usize>(count & ~3)) << 2, bytes: usize = (<usize>count) << 2;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    const w = v128.load(weight + i);
    let g = v128.load(gradient + i);
    if (decays) g = f32x4.add(g, f32x4.mul(w, f32x4.splat(weightDecay)));
    v128.store(newWeight + i, f32x4.sub(w, f32x4.mul(g, f32x4.splat(rate))));
  }
  for (; i < bytes; i += 4) {
    const w = load<f32>(weight + i);
    let g = load<f32>(gradient + i);
    if (decays) g = g + w * weightDecay;
    store<f32>(newWeight + i, w - g * rate);
  }
}

/** With momentum: u' = momentum u + g, and w' = w - rate u', or with `nesterov` w - rate (g + momentum u'). */
export function momentumStep(
  weight: usize, gradient: usize, velocity: usize, newWeight: usize, newVelocity: usize, count: i32,
  decays: i32, nesterov: i32, weightDecay: f32, momentum: f32, rate: f32,
): void {
  const vectors: usize = (<usize>(count & ~3)) << 2, bytes: usize = (<usize>count) << 2;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    const w = v128.load(weight + i);
    let g = v128.load(gradient + i);
    if (decays) g = f32x4.add(g, f32x4.mul(w, f32x4.splat(weightDecay)));
    const u = f32x4.add(f32x4.mul(v128.load(velocity + i), f32x4.splat(momentum)), g);
    const direction = nesterov ? f32x4.add(g, f32x4.mul(u, f32x4.splat(momentum))) : u;
    v128.store(newVelocity + i, u);
    v128.store(newWeight + i, f32x4.sub(w, f32x4.mul(direction, f32x4.splat(rate))));
  }
  for (; i < bytes; i += 4) {
    const w = load<f32>(weight + i);
    let g = load<f32>(gradient + i);
    if (decays) g = g + w * weightDecay;
    const u: f32 = load<f32>(velocity + i) * momentum + g;
    const direction: f32 = nesterov ? g + u * momentum : u;
    store<f32>(newVelocity + i, u);
    store<f32>(newWeight + i, w - direction * rate);
  }
}

/** from + (to - from) share, on `count` numbers: a step of a running average. */
export function moveTowards(from: usize, to: usize, moved: usize, count: i32, share: f32): void {
  const vectors: usize = (<usize>(count & ~3)) << 2, bytes: usize = (<usize>count) << 2;
  let i: usize = 0;
  for (; i < vectors; i += 16) {
    const start = v128.load(from + i);
    v128.store(moved + i, f32x4.add(start, f32x4.mul(f32x4.sub(v128.load(to + i), start), f32x4.splat(share))));
  }
  for (; i < bytes; i += 4) {
    const start = load<f32>(from + i);
    store<f32>(moved + i, start + (load<f32>(to + i) - start) * share);
  }
}
