import { createNoise, l2, linf, type Norm, perturb } from '@groundstate/core';
import { describeAttack, linearModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf, valuesOf } from '../tests/trace';
import { hopSkipJump } from './hop-skip-jump';

describeAttack(() => hopSkipJump({ steps: 1, initialEvaluations: 4, tries: 6 }));

const weights = [2, -1, 0.5, -0.25];
const bias = -0.5;
// The lead is 0.125 at 0.5; |w| is 2.304886, and its dual under linf 3.75.
const model = linearModel(weights, bias);
const leadAt = (x: readonly number[]): number => x.reduce((sum, value, i) => sum + value * weights[i]!, bias);
const labels = tf.ones([2], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const inputs = tf.fill([2, 4], 0.5);
const ids = Int32Array.from([0, 1]);
const threatOf = (norm: Norm) => ({ norm, epsilon: Number.POSITIVE_INFINITY });
const trace = (norm: Norm, options: Parameters<typeof hopSkipJump>[0]) =>
  traceOf(hopSkipJump(options), { model, inputs, goal, labels, threat: threatOf(norm), noise: createNoise(4, ids) });

describe('hop-skip-jump', () => {
  it.each([
    [l2(), 0.125 / Math.hypot(...weights)],
    [linf(), 0.125 / 3.75],
  ])('comes to the distance |lead| / |w|* of a linear model: case %#', async (norm, nearest) => {
    const request = { model, inputs, goal, threat: threatOf(norm), seed: 0 };
    const attack = hopSkipJump({ steps: 12, initialEvaluations: 20, tries: 8 });
    const { distance, success, backwards } = await perturb(attack, request);
    expect([...valuesOf(success)]).toEqual([1, 1]);
    expect([...backwards]).toEqual([0, 0]);
    for (const found of valuesOf(distance)) {
      expect(found / nearest).toBeGreaterThan(1 - 1e-5);
      expect(found / nearest).toBeLessThan(1.05);
    }
  });

  it('is on the boundary after every return to it, on the side of the goal', () => {
    // 8 tries, 24 halvings, 4 points, 16 strides, 24 halvings.
    const { rows, points } = trace(l2(), { steps: 1, initialEvaluations: 4, tries: 8 });
    expect(points.length).toBe(8 + 24 + 4 + 16 + 24);
    for (const at of [8 + 24 - 1, rows.length - 1]) {
      for (const row of [0, 1]) expect(Math.abs(leadAt([...rows[at]!.adversarial!.slice(4 * row, 4 * row + 4)]))).toBeLessThan(1e-6);
    }
  });

  it('begins at the nearest of its tries that meets the goal', () => {
    const { rows, points } = trace(l2(), { steps: 1, initialEvaluations: 1, tries: 12 });
    for (const row of [0, 1]) {
      const tried = points.slice(0, 12).map((point) => [...point.slice(4 * row, 4 * row + 4)]);
      const fooled = tried.filter((x) => leadAt(x) < 0);
      const size = (x: readonly number[]): number => Math.hypot(...x.map((value) => value - 0.5));
      const nearest = fooled.sort((a, b) => size(a) - size(b))[0]!;
      expect(fooled.length).toBeGreaterThan(1);
      expect([...rows[11]!.adversarial!.slice(4 * row, 4 * row + 4)]).toEqual(nearest);
    }
  });

  it('guesses the slope from points around the boundary: a tenth of the box away, then the last distance over d', () => {
    const { rows, points } = trace(l2(), { steps: 2, initialEvaluations: 6, tries: 8 });
    const first = 8 + 24;
    const second = first + 6 + 16 + 24;
    for (const [at, count, radius] of [
      [first, 6, [0.1, 0.1]],
      [second, 8, [...valuesOf(tf.norm(tf.sub(tf.tensor2d(rows[second - 25]!.adversarial!, [2, 4]), 0.5), 2, 1))].map((gap) => gap / 4)],
    ] as const) {
      const x = rows[at - 1]!.adversarial!;
      // g = mean of (phi - mean phi) u by hand, from the points that were asked.
      for (const row of [0, 1]) {
        const own = (values: Float32Array): number[] => [...values.slice(4 * row, 4 * row + 4)];
        const asked = points.slice(at, at + count).map(own);
        const directions = asked.map((point) => point.map((value, i) => (value - own(x)[i]!) / radius[row]!));
        const phi = asked.map((point) => (leadAt(point) < 0 ? 1 : -1));
        const mean = phi.reduce((sum, value) => sum + value, 0) / count;
        const centre = Math.abs(mean) === 1 ? 0 : mean;
        for (const direction of directions) expect(Math.hypot(...direction)).toBeCloseTo(1, 3);
        const guess = weights.map((_, i) => directions.reduce((sum, u, k) => sum + (phi[k]! - centre) * u[i]!, 0));
        const found = own(rows[at + count - 1]!.slope!);
        for (const [i, value] of found.entries()) expect(value).toBeCloseTo(guess[i]! / Math.hypot(...guess), 3);
      }
    }
  });

  it('goes for a target from a start that it is given, and has no such goal without one', async () => {
    const target = { kind: 'target', classes: tf.zeros([2], 'int32') as Tensor1D } as const;
    const request = { model, inputs, goal: target, threat: threatOf(l2()), seed: 0 };
    const seen: number[][] = [];
    const start = (rows: Int32Array): tf.Tensor => {
      seen.push([...rows]);
      return tf.tile(tf.tensor2d([[0, 1, 0, 1]]), [rows.length, 1]);
    };
    const small = { steps: 3, initialEvaluations: 10, tries: 1 };
    const { distance } = await perturb(hopSkipJump({ ...small, start }), request);
    expect(seen).toEqual([[0, 1]]);
    for (const found of valuesOf(distance)) {
      expect(found).toBeGreaterThan(0.054);
      expect(found).toBeLessThan(0.2);
    }
    await expect(perturb(hopSkipJump(small), request)).rejects.toThrow(/`goal`.*misclassify, change/);
  });

  it('gives up rows that it finds no start for, without spending more on them', async () => {
    const { success, forwards } = await perturb(hopSkipJump({ steps: 2, tries: 5 }), {
      model: linearModel(weights, 9),
      inputs,
      goal,
      threat: threatOf(l2()),
      seed: 0,
    });
    expect([...valuesOf(success)]).toEqual([0, 0]);
    // The clean pass and five tries.
    expect([...forwards]).toEqual([6, 6]);
  });

  it('says what is wrong with its options, its start and its box', async () => {
    expect(() => hopSkipJump({ steps: 0 })).toThrow('hop-skip-jump: expected `steps` to be an integer of at least 1, got 0.');
    expect(() => hopSkipJump({ queries: 3 } as object)).toThrow(
      /^hop-skip-jump: expected `option` to be one of 'steps', 'initialEvaluations'/,
    );
    expect(() => trace(l2(), { start: () => tf.zeros([2, 3]) })).toThrow(
      'hop-skip-jump: expected `start` to be a function that gives points of shape [2, 4], got [2, 3].',
    );
    const open = linearModel(weights, 0, [4], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    await expect(perturb(hopSkipJump(), { model: open, inputs, goal, threat: threatOf(l2()), seed: 0 })).rejects.toThrow(
      'hop-skip-jump: expected `bounds` to be finite: the search begins at random points of the box',
    );
  });
});
