import { createNoise, l2, perturb } from '@groundstate/core';
import { describeAttack, linearModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf, valuesOf } from '../tests/trace';
import { boundaryAttack } from './boundary';

describeAttack(() => boundaryAttack({ steps: 12, tries: 6 }), { passesPerStep: 2 });

const weights = [2, -1, 0.5, -0.25];
const bias = -0.5;
// The lead at 0.5 is 0.125.
const nearest = 0.125 / Math.hypot(...weights);
const model = linearModel(weights, bias);
const labels = tf.ones([2], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const inputs = tf.fill([2, 4], 0.5);
const threat = { norm: l2(), epsilon: Number.POSITIVE_INFINITY };
const noise = createNoise(4, Int32Array.from([0, 1]));
const trace = (options: Parameters<typeof boundaryAttack>[0]) =>
  traceOf(boundaryAttack(options), { model, inputs, goal, labels, threat, noise });
const gap = (x: ArrayLike<number>): number => Math.hypot(...Array.from(x, (value) => value - 0.5));
const own = (values: Float32Array, row: number): number[] => [...values.slice(4 * row, 4 * row + 4)];

describe('boundary', () => {
  it('comes near the distance |lead| / |w| of a linear model', async () => {
    const attack = boundaryAttack({ steps: 500, tries: 8, sphericalStep: 0.1, sourceStep: 0.02 });
    const { distance, success } = await perturb(attack, { model, inputs, goal, threat, seed: 0 });
    expect([...valuesOf(success)]).toEqual([1, 1]);
    for (const found of valuesOf(distance)) {
      expect(found / nearest).toBeGreaterThan(1 - 1e-5);
      expect(found / nearest).toBeLessThan(1.1);
    }
  });

  it('goes along the sphere, at right angles, and then straight towards the clean input', () => {
    const { rows, points } = trace({ steps: 3, tries: 8, sphericalStep: 0.1, sourceStep: 0.05 });
    // The first step of the walk is looked at: it asks at the candidate and at the point on the sphere.
    const [candidate, sphere] = [points[18]!, points[19]!];
    const x = rows[17]!.adversarial!;
    for (const row of [0, 1]) {
      const [from, to] = [own(x, row), own(sphere, row)];
      expect(gap(to) / gap(from)).toBeCloseTo(1, 4);
      // Seen from the clean input the two are an angle apart whose tangent is the step.
      const cosine = from.reduce((sum, value, i) => sum + (value - 0.5) * (to[i]! - 0.5), 0) / (gap(from) * gap(to));
      expect(Math.tan(Math.acos(cosine))).toBeCloseTo(0.1, 3);
      for (const [i, value] of own(candidate, row).entries()) expect(value - 0.5).toBeCloseTo(0.95 * (to[i]! - 0.5), 5);
    }
  });

  it('takes what meets the goal and is nearer, and nothing else', () => {
    const { rows, points } = trace({ steps: 60, tries: 8 });
    let [point, moved] = [18, 0];
    for (let step = 18; step < rows.length; step++) {
      for (const row of [0, 1]) {
        const [before, after, candidate] = [rows[step - 1]!.adversarial!, rows[step]!.adversarial!, points[point]!].map((x) => own(x, row));
        const met = candidate!.reduce((sum, value, i) => sum + value * weights[i]!, bias) < 0;
        const taken = met && gap(candidate!) < gap(before!);
        expect(after).toEqual(taken ? candidate : before);
        moved += Number(taken);
      }
      point += (step - 18) % 10 === 0 ? 2 : 1;
    }
    expect(moved).toBeGreaterThan(5);
  });

  it('lengthens its steps where nearly all points meet the goal, and shortens them where hardly any does', async () => {
    // Every tenth step is looked at: 30 answers about candidates after step 290, 100 about the sphere after step 990.
    const steps = 1000;
    const fooled = tf.fill([1, 4], 0.5);
    const one = { inputs: fooled, noise: createNoise(4, Int32Array.from([0])), threat };
    const label = tf.ones([1], 'int32') as Tensor1D;
    const given = { ...one, goal: { kind: 'misclassify', labels: label } as const, labels: label };
    const start = (): tf.Tensor => tf.tensor2d([[0, 1, 0, 1]]);
    const last = (lead: number) =>
      traceOf(boundaryAttack({ steps, tries: 1, start, sourceStep: 1e-3, adaptation: 2 }), {
        ...given,
        model: linearModel([0, 0, 0, 0], lead),
      }).rows;
    // All points meet the goal: the source step doubles with every 30 answers, 3 times, and once with the sphere's 100.
    const all = last(-1);
    const [source, spherical] = [
      (rows: typeof all, at: number) => rows[11 + at]!.source![0]!,
      (rows: typeof all, at: number) => rows[11 + at]!.spherical![0]!,
    ];
    expect([280, 290, 590, 890, 990].map((at) => source(all, at) * 1000)).toEqual(
      [1, 2, 4, 8, 16].map((value) => expect.closeTo(value, 4)),
    );
    expect([980, 990].map((at) => spherical(all, at) * 100)).toEqual([1, 2].map((value) => expect.closeTo(value, 4)));
    // None does.
    const none = last(1);
    expect([280, 290, 990].map((at) => source(none, at) * 1000)).toEqual([1, 0.5, 1 / 16].map((value) => expect.closeTo(value, 4)));
    expect(spherical(none, 990) * 100).toBeCloseTo(0.5, 4);
  });

  it('ends where its steps have become too short, and where it finds no start', async () => {
    const settings = { steps: 2000, tries: 2, sourceStep: 1e-6, convergence: 9e-7 };
    const start = (rows: Int32Array): tf.Tensor => tf.tile(tf.tensor2d([[0, 1, 0, 1]]), [rows.length, 1]);
    // Steps three times as long as the distance hardly ever meet the goal.
    const request = { inputs, goal, threat, seed: 0 };
    const converged = await perturb(boundaryAttack({ ...settings, start, sphericalStep: 3 }), { ...request, model });
    // Steps that never met the goal again are shortened every thirty; without an end there would be 2000.
    expect(Math.max(...converged.forwards)).toBeLessThan(1000);
    const nothing = await perturb(boundaryAttack(settings), { ...request, model: linearModel(weights, 9) });
    expect([...nothing.forwards]).toEqual([3, 3]);
    expect([...valuesOf(nothing.success)]).toEqual([0, 0]);
  });

  it('says what is wrong with its options', () => {
    expect(() => boundaryAttack({ adaptation: 1 })).toThrow('boundary: expected `adaptation` to be a finite number above 1, got 1.');
    expect(() => boundaryAttack({ queries: 3 } as object)).toThrow(/^boundary: expected `option` to be one of 'steps', 'sphericalStep'/);
  });
});
