import { createNoise, linf, type Model, perturb, type StepAttack } from '@groundstate/core';
import { describeAttack, linearModel, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { traceOf, valuesOf } from '../tests/trace';
import { bim } from './bim';
import { diFgsm, shrunken } from './di-fgsm';
import { alongBoth } from './images';
import { miFgsm } from './mi-fgsm';
import { niFgsm } from './ni-fgsm';
import { siNiFgsm } from './si-ni-fgsm';
import { smoothing, tiFgsm } from './ti-fgsm';
import { vmiFgsm } from './vmi-fgsm';
import { vniFgsm } from './vni-fgsm';

describeAttack(() => bim({ steps: 5 }));
describeAttack(() => miFgsm({ steps: 5 }));
describeAttack(() => niFgsm({ steps: 5 }));
describeAttack(() => diFgsm({ steps: 5 }));
describeAttack(() => tiFgsm({ steps: 5, kernelSize: 3 }));
describeAttack(() => siNiFgsm({ steps: 5, scales: 3 }), { passesPerStep: 3 });
describeAttack(() => vmiFgsm({ steps: 5, neighbours: 2 }), { passesPerStep: 3 });
describeAttack(() => vniFgsm({ steps: 5, neighbours: 2 }), { passesPerStep: 3 });

const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const noise = createNoise(3, Int32Array.from([0]));

/** The momentum written out on arrays: gradients of cross-entropy of label 1 for logits (0, lead). */
function byHand(
  given: { start: number[]; epsilon: number; steps: number; decay: number; look: boolean },
  slope: (x: number[]) => number[],
): number[][] {
  const { start, epsilon, steps, decay, look } = given;
  const step = epsilon / steps;
  let [x, m] = [start, start.map(() => 0)];
  const points = [];
  for (let i = 0; i < steps; i++) {
    const at = look ? x.map((value, j) => value + step * decay * m[j]!) : x;
    const g = slope(at);
    const mean = g.reduce((sum, value) => sum + Math.abs(value), 0) / g.length;
    m = m.map((value, j) => decay * value + g[j]! / mean);
    x = x.map((value, j) => {
      const moved = value + step * Math.sign(m[j]!);
      return Math.min(1, Math.max(0, Math.min(start[j]! + epsilon, Math.max(start[j]! - epsilon, moved))));
    });
    points.push(x);
  }
  return points;
}

// lead = (x1 - 0.4)^2 + (x2 - 0.7)^2: its slope turns round on the way, so that the momentum of the steps before shows.
const bowl = {
  ...linearModel([1, 1], 0, [2]),
  logits: (x: Tensor): Tensor2D => {
    const lead = tf.sum(tf.square(tf.sub(x, tf.tensor1d([0.4, 0.7]))), 1) as Tensor1D;
    return tf.stack([tf.zerosLike(lead), tf.mul(lead, 30)], 1) as Tensor2D;
  },
};
// Of the cross-entropy upward: -(1 - p1) d lead; its sign and the ratio of its coordinates are those of -d lead.
const slope = ([a, b]: number[]): number[] => [-(a! - 0.4), -(b! - 0.7)];
const iterates = (attack: StepAttack, epsilon: number): number[][] => {
  const problem = { model: bowl, inputs: tf.tensor2d([[0.5, 0.5]]), goal, threat: { norm: linf(), epsilon }, noise };
  return traceOf(attack, { ...problem, labels }).rows.map(({ adversarial }) => [...adversarial!]);
};

/** The slope of the cross-entropy of label 1, by the tape alone. */
function slopeOf(model: Model, at: Tensor): Float32Array {
  const loss = (x: Tensor): Tensor => tf.neg(tf.sum(tf.mul(tf.logSoftmax(model.logits(x)), tf.oneHot(labels, 3))));
  return valuesOf(tf.grad(loss)(at));
}

/** A first momentum is the slope divided by the mean of its absolute values. */
function expectMomentum(found: Float32Array, slopes: ArrayLike<number>): void {
  const mean = Array.from(slopes).reduce((sum, value) => sum + Math.abs(value) / slopes.length, 0);
  for (const [i, value] of found.entries()) expect(value).toBeCloseTo(slopes[i]! / mean, 4);
}

describe('attacks with momentum', () => {
  it.each([
    { name: 'mi-fgsm', attack: miFgsm({ steps: 8 }), decay: 1, look: false },
    { name: 'mi-fgsm, half of the momentum', attack: miFgsm({ steps: 8, decay: 0.5 }), decay: 0.5, look: false },
    { name: 'ni-fgsm', attack: niFgsm({ steps: 8 }), decay: 1, look: true },
    { name: 'ni-fgsm, half of the momentum', attack: niFgsm({ steps: 8, decay: 0.5 }), decay: 0.5, look: true },
  ])('$name takes the steps of its definition', ({ attack, decay, look }) => {
    const wanted = byHand({ start: [0.5, 0.5], epsilon: 0.3, steps: 8, decay, look }, slope);
    for (const [i, point] of iterates(attack, 0.3).entries())
      for (const [j, value] of point.entries()) expect(value).toBeCloseTo(wanted[i]![j]!, 5);
  });

  it('without momentum, and along with BIM, is PGD from the clean input', () => {
    const plain = iterates(miFgsm({ steps: 6, decay: 0 }), 0.3);
    const basic = iterates(bim({ steps: 6 }), 0.3);
    for (const [i, point] of plain.entries()) for (const [j, value] of point.entries()) expect(value).toBeCloseTo(basic[i]![j]!, 6);
  });

  it('si-ni-fgsm asks at the point and at its halves, and weighs each slope by its scale', () => {
    const problem = { model: bowl, inputs: tf.tensor2d([[0.5, 0.5]]), goal, threat: { norm: linf(), epsilon: 0.1 }, noise };
    const { points, rows } = traceOf(siNiFgsm({ steps: 1, scales: 3 }), { ...problem, labels });
    expect(points.map((point) => [...point])).toEqual([
      [0.5, 0.5],
      [0.25, 0.25],
      [0.125, 0.125],
    ]);
    const lead = (s: number): number => 30 * ((s - 0.4) ** 2 + (s - 0.7) ** 2);
    const total = [0, 1].map((j) =>
      [1, 0.5, 0.25].reduce((sum, share) => {
        const at = 0.5 * share;
        return sum + ((share / 3) * (-60 * (at - [0.4, 0.7][j]!))) / (1 + Math.exp(lead(at)));
      }, 0),
    );
    const mean = (Math.abs(total[0]!) + Math.abs(total[1]!)) / 2;
    for (const [j, value] of rows[0]!.momentum!.entries()) expect(value).toBeCloseTo(total[j]! / mean, 4);
  });

  it('variance tuning adds what the neighbours had more of in the step before', () => {
    const model = smoothModel({ inputShape: [6], scale: 1 });
    const inputs = tf.fill([1, 6], 0.4);
    const problem = { model, inputs, goal, threat: { norm: linf(), epsilon: 0.2 }, noise };
    const { points, rows } = traceOf(vmiFgsm({ steps: 2, neighbours: 4 }), { ...problem, labels });
    // A step asks at the iterate and at four neighbours within 1.5 epsilon of it.
    const gaps = [1, 2, 3, 4].map((i) => points[i]!.map((value, j) => Math.abs(value - points[0]![j]!)));
    for (const gap of gaps) expect(Math.max(...gap)).toBeLessThanOrEqual(0.3 + 1e-6);
    expect(Math.max(...gaps.flatMap((gap) => [...gap]))).toBeGreaterThan(0.2);
    const gradient = (at: Float32Array): Float32Array => slopeOf(model, tf.tensor2d(at, [1, 6]));
    const own = gradient(points[0]!);
    const around = [1, 2, 3, 4].map((i) => gradient(points[i]!));
    for (const [j, value] of rows[0]!.kept!.entries()) {
      expect(value).toBeCloseTo(around.reduce((sum, part) => sum + part[j]! / 4, 0) - own[j]!, 5);
    }
    // The second step's slope is corrected by it before it joins the momentum.
    const corrected = gradient(points[5]!).map((value, j) => value + rows[0]!.kept![j]!);
    const mean = corrected.reduce((sum, value) => sum + Math.abs(value), 0) / 6;
    for (const [j, value] of rows[1]!.momentum!.entries()) expect(value).toBeCloseTo(rows[0]!.momentum![j]! + corrected[j]! / mean, 4);
    model.dispose();
  });

  it('di-fgsm shrinks as bilinear resizing does, and puts the copy where it is told', () => {
    tf.tidy(() => {
      const image = noise.uniform([5, 5, 2]) as Tensor4D;
      const [rows, columns] = [
        shrunken(5, tf.tensor3d([[[3]]]), tf.tensor3d([[[1]]])),
        shrunken(5, tf.tensor3d([[[4]]]), tf.tensor3d([[[0]]])),
      ];
      const found = alongBoth(image, rows, columns);
      const resized = tf.image.resizeBilinear(image, [3, 4], false, true);
      const wanted = tf.pad(resized, [
        [0, 0],
        [1, 1],
        [0, 1],
        [0, 0],
      ]);
      for (const [i, value] of valuesOf(found).entries()) expect(value).toBeCloseTo(valuesOf(wanted)[i]!, 5);
    });
  });

  it('di-fgsm takes the gradient of what the model is shown, exactly', () => {
    const model = smoothModel({ inputShape: [6, 6, 1], scale: 2 });
    const inputs = noise.stream('x').uniform([6, 6, 1]);
    const threat = { norm: linf(), epsilon: 0.1 };
    const attack = diFgsm({ steps: 1, probability: 1, least: 0.5, decay: 0 });
    const { points, rows } = traceOf(attack, { model, inputs, goal, threat, noise: createNoise(2, new Int32Array(1)), labels });
    const shown = tf.tensor4d(points[0]!, [1, 6, 6, 1]);
    // With this seed the copy is smaller than the image.
    expect(valuesOf(tf.max(tf.abs(tf.sub(shown, inputs))))[0]).toBeGreaterThan(0.01);
    // T is linear and the same for rows of the same id: what it makes of the unit images are the rows of its matrix.
    const many = { labels: tf.ones([36], 'int32') as Tensor1D, noise: createNoise(2, new Int32Array(36)) };
    const units = { ...many, model, threat, inputs: tf.reshape(tf.eye(36), [36, 6, 6, 1]), goal: { ...goal, labels: many.labels } };
    const matrix = traceOf(attack, units).points[0]!;
    const there = slopeOf(model, shown);
    const wanted = Array.from({ length: 36 }, (_, k) => there.reduce((sum, value, i) => sum + matrix[36 * k + i]! * value, 0));
    expectMomentum(rows[0]!.momentum!, wanted);
    model.dispose();
  });

  it('di-fgsm pads with black', () => {
    // A black image stays black, shrunken or not; where there is no lower bound black is 0.
    for (const [bounds, black] of [
      [[-1, 1], -1],
      [[Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], 0],
    ] as const) {
      const model = linearModel(new Array<number>(36).fill(1), 0, [6, 6, 1], bounds);
      const problem = { model, inputs: tf.fill([1, 6, 6, 1], black), goal, threat: { norm: linf(), epsilon: 0.1 } };
      const attack = diFgsm({ steps: 1, probability: 1, least: 0.5 });
      const { points } = traceOf(attack, { ...problem, noise: createNoise(2, new Int32Array(1)), labels });
      for (const value of points[0]!) expect(value).toBeCloseTo(black, 6);
    }
  });

  it('ti-fgsm smooths by a Gaussian of the published size, and keeps the sum of a slope away from the border', () => {
    const kernel = valuesOf(smoothing(31, 15, 3));
    const row = kernel.slice(15 * 31, 16 * 31);
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect(row.filter((value) => value > 0)).toHaveLength(15);
    expect(row[15]! / row[8]!).toBeCloseTo(Math.exp(4.5), 1);
    expect([...valuesOf(smoothing(4, 1, 3))]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
  });

  it('ti-fgsm adds the smoothed slope to the momentum', () => {
    const model = smoothModel({ inputShape: [6, 5, 2], scale: 2 });
    const inputs = noise.stream('x').uniform([6, 5, 2]);
    const problem = { model, inputs, goal, threat: { norm: linf(), epsilon: 0.1 }, noise };
    const { rows } = traceOf(tiFgsm({ steps: 1, kernelSize: 5 }), { ...problem, labels });
    // Offsets -2 to 2 are 0, 1.5 and 3 standard deviations from the middle.
    const line = [-3, -1.5, 0, 1.5, 3].map((deviations) => Math.exp(-0.5 * deviations ** 2));
    const square = tf.tensor4d(
      line.flatMap((down) => line.flatMap((across) => [down * across, down * across])),
      [5, 5, 2, 1],
    );
    const slopes = tf.tensor4d(slopeOf(model, inputs), [1, 6, 5, 2]);
    expectMomentum(rows[0]!.momentum!, valuesOf(tf.depthwiseConv2d(slopes, square, 1, 'same')));
    model.dispose();
  });

  it('with the identity in place of what they add, the variants are MI-FGSM and NI-FGSM', () => {
    const model = smoothModel({ inputShape: [6, 6, 1], scale: 2 });
    const inputs = noise.stream('x').uniform([6, 6, 1]);
    const end = (attack: StepAttack): number[] => {
      const problem = { model, inputs, goal, threat: { norm: linf(), epsilon: 0.1 }, noise };
      return [...traceOf(attack, { ...problem, labels }).end];
    };
    const plain = end(miFgsm({ steps: 4 }));
    expect(end(diFgsm({ steps: 4, probability: 0 }))).toEqual(plain);
    expect(end(tiFgsm({ steps: 4, kernelSize: 1 }))).toEqual(plain);
    expect(end(siNiFgsm({ steps: 4, scales: 1 }))).toEqual(end(niFgsm({ steps: 4 })));
    model.dispose();
  });

  it('say what is wrong with their options and their inputs', async () => {
    expect(() => miFgsm({ decay: -1 })).toThrow('mi-fgsm: expected `decay` to be a finite number of at least 0, got -1.');
    expect(() => tiFgsm({ kernelSize: 4 })).toThrow('ti-fgsm: expected `kernelSize` to be odd, got 4.');
    expect(() => vniFgsm({ neighbors: 5 } as object)).toThrow(
      "vni-fgsm: expected `option` to be one of 'steps', 'relativeStep', 'decay', 'neighbours'",
    );
    const request = { model: bowl, inputs: tf.tensor2d([[0.5, 0.5]]), goal, threat: { norm: linf(), epsilon: 0.1 }, seed: 0 };
    await expect(perturb(diFgsm(), request)).rejects.toThrow('di-fgsm: expected `inputs` to be images');
  });
});
