import { leakedTensors } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ontoHyperplane } from './hyperplane';

type Norm = 'linf' | 'l2' | 'l1';
type Case = { readonly t: number[]; readonly w: number[]; readonly excess: number };

const box = [0, 1] as const;
const sizes: Readonly<Record<Norm, (v: readonly number[]) => number>> = {
  linf: (v) => Math.max(...v.map(Math.abs)),
  l2: (v) => Math.hypot(...v),
  l1: (v) => v.reduce((sum, x) => sum + Math.abs(x), 0),
};

/** By bisection on the one unknown, in float64: the l1 budget for linf and l2, the order of weights for l1. */
function byHand({ t, w, excess }: Case, norm: Norm, [lower, upper]: readonly [number, number]): number[] {
  const towards = w.map((x) => (excess >= 0 ? -Math.sign(x) : Math.sign(x)));
  const room = t.map((x, i) => (towards[i]! > 0 ? upper - x : x - lower));
  const a = w.map(Math.abs);
  const needed = Math.abs(excess);
  if (norm === 'l1') {
    let rest = needed;
    const move = a.map(() => 0);
    for (const i of a.map((_, k) => k).sort((p, q) => a[q]! - a[p]!)) {
      if (a[i] === 0) continue;
      move[i] = Math.min(room[i]!, rest / a[i]!);
      rest -= move[i]! * a[i]!;
    }
    return move.map((m, i) => m * towards[i]!);
  }
  const at = (v: number): number[] => a.map((x, i) => (x === 0 ? 0 : Math.min(norm === 'linf' ? v : v * x, room[i]!)));
  const spent = (v: number): number => at(v).reduce((sum, m, i) => sum + m * a[i]!, 0);
  let [low, high] = [0, 1];
  while (spent(high) < needed && high < 1e12) high *= 2;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (spent(middle) < needed) low = middle;
    else high = middle;
  }
  return at(high).map((m, i) => m * towards[i]!);
}

function ours({ t, w, excess }: Case, norm: Norm, bounds: readonly [number, number] = box): number[] {
  return tf.tidy(() => {
    const plane = { normal: tf.tensor2d([w]), excess: tf.tensor1d([excess]) };
    return [...ontoHyperplane(tf.tensor2d([t]), plane, norm, bounds).dataSync()];
  });
}

const number = (min: number, max: number): fc.Arbitrary<number> => fc.float({ min: Math.fround(min), max: Math.fround(max), noNaN: true });
// Points at the box, weights of zero and excesses that no point of the box can make up for are among them.
const coordinate = fc.record({
  t: fc.oneof(number(0, 1), fc.constantFrom(0, 1)),
  w: fc.oneof(number(0.01, 3), number(-3, -0.01), fc.constant(0)),
});
const cases = fc.tuple(fc.array(coordinate, { minLength: 1, maxLength: 40 }), number(-8, 8)).map(([coordinates, excess]) => ({
  t: coordinates.map(({ t }) => t),
  w: coordinates.map(({ w }) => w),
  excess,
}));

describe.each(['linf', 'l2', 'l1'] as const)('ontoHyperplane under %s', (norm) => {
  it('is the smallest move onto the plane within the box, or to the corner where the plane is out of reach', () => {
    const law = fc.property(cases, (given) => {
      const [found, wanted] = [ours(given, norm), byHand(given, norm, box)];
      const gain = (v: readonly number[]): number => v.reduce((sum, x, i) => sum + x * given.w[i]!, 0);
      const scale = 1 + Math.abs(given.excess);
      expect(Math.abs(gain(found) - gain(wanted))).toBeLessThan(2e-5 * scale);
      expect(Math.abs(sizes[norm](found) - sizes[norm](wanted))).toBeLessThan(1e-4 * scale);
      for (const [i, x] of found.entries()) {
        expect(given.t[i]! + x).toBeGreaterThanOrEqual(-1e-6);
        expect(given.t[i]! + x).toBeLessThanOrEqual(1 + 1e-6);
        if (given.w[i] === 0) expect(Math.abs(x)).toBe(0);
      }
    });
    fc.assert(law, { seed: 71, numRuns: 300 });
  });

  it('moves by |excess| / |w|* where nothing stands in the way', () => {
    const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
    const dual = { linf: 8, l2: Math.sqrt(26), l1: 4 }[norm];
    const found = ours({ t: [0.3, 0.2, 0.9], w: [3, -4, 1], excess: 2 }, norm, everywhere);
    expect(sizes[norm](found)).toBeCloseTo(2 / dual, 5);
    expect(3 * found[0]! - 4 * found[1]! + found[2]!).toBeCloseTo(-2, 5);
  });

  it('does not move along a normal of zero, and leaves no tensor behind', async () => {
    expect(ours({ t: [0.5, 0.5], w: [0, 0], excess: 1 }, norm).map(Math.abs)).toEqual([0, 0]);
    const leaked = await leakedTensors(() => {
      ours({ t: [0.5], w: [1], excess: 0.1 }, norm);
      return [];
    });
    expect(leaked).toBe(0);
  });

  it('comes to the root on images of many coordinates, a fifth of them at the box', () => {
    const d = 3072;
    const draw = (i: number): number => ((Math.sin(i * 12.9898) * 43758.5453) % 1) ** 2;
    const t = Array.from({ length: d }, (_, i) => (i % 5 === 0 ? 0 : Math.fround(draw(i))));
    const w = Array.from({ length: d }, (_, i) => Math.fround(Math.sin(i) * draw(i + 7)));
    for (const excess of [0.01, 1, 20]) {
      const [found, wanted] = [ours({ t, w, excess }, norm), byHand({ t, w, excess }, norm, box)];
      expect(Math.abs(sizes[norm](found) / sizes[norm](wanted) - 1)).toBeLessThan(1e-4);
    }
  });
});
