import { createNoise, linf, perturb, type StepAttack } from '@groundstate/core';
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

describe('attacks with momentum', () => {
  it.each([
    { name: 'mi-fgsm', attack: miFgsm({ steps: 8 }), decay: 1, look: false },
    { name: 'mi-fgsm, half of the momentum', attack: miFgsm({ steps: 8, decay: 0.5 }), decay: 0.5, look: false },
    { name: 'ni-fgsm', attack: niFgsm({ steps: 8 }), decay: 1, look: true },
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
    // On a linear model all slopes near an input are alike up to the softmax: the correction is small beside the slope, and kept for the next step.
    const model = smoothModel({ inputShape: [6], scale: 1 });
    const inputs = tf.fill([1, 6], 0.4);
    const problem = { model, inputs, goal, threat: { norm: linf(), epsilon: 0.2 }, noise };
    const { points, rows } = traceOf(vmiFgsm({ steps: 2, neighbours: 4 }), { ...problem, labels });
    // A step asks at the iterate and at four neighbours within 1.5 epsilon of it.
    const gaps = [1, 2, 3, 4].map((i) => points[i]!.map((value, j) => Math.abs(value - points[0]![j]!)));
    for (const gap of gaps) expect(Math.max(...gap)).toBeLessThanOrEqual(0.3 + 1e-6);
    expect(Math.max(...gaps.flatMap((gap) => [...gap]))).toBeGreaterThan(0.2);
    const gradient = (at: Float32Array): Float32Array =>
      valuesOf(
        tf.grad((x: Tensor) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(model.logits(x)), tf.oneHot(labels, 3)))))(tf.tensor2d(at, [1, 6])),
      );
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
    // What the model is shown is linear in the image, T(x), with the same T for the same draws: coordinate j of the slope is <g, T(e_j)>.
    const model = smoothModel({ inputShape: [6, 6, 1], scale: 2 });
    const drawn = createNoise(8, Int32Array.from([0]));
    const at = (image: Float32Array) => {
      const problem = { model, inputs: tf.tensor4d(image, [1, 6, 6, 1]), goal, threat: { norm: linf(), epsilon: 0.1 }, noise: drawn };
      return traceOf(diFgsm({ steps: 1, probability: 1, least: 0.5, decay: 0 }), { ...problem, labels });
    };
    const image = valuesOf(noise.stream('x').uniform([6, 6, 1], [0, 0.5]));
    const { points, rows } = at(image);
    expect(Math.max(...points[0]!.map((value, i) => Math.abs(value - image[i]!)))).toBeGreaterThan(0.05);
    const slopeThere = valuesOf(
      tf.grad((x: Tensor) => tf.neg(tf.sum(tf.mul(tf.logSoftmax(model.logits(x)), tf.oneHot(labels, 3)))))(
        tf.tensor4d(points[0]!, [1, 6, 6, 1]),
      ),
    );
    const pulled = Array.from(image, (_, j) => {
      const moved = at(image.map((value, i) => (i === j ? value + 0.5 : value))).points[0]!;
      return moved.reduce((sum, value, i) => sum + 2 * (value - points[0]![i]!) * slopeThere[i]!, 0);
    });
    const mean = pulled.reduce((sum, value) => sum + Math.abs(value), 0) / pulled.length;
    for (const [j, value] of rows[0]!.momentum!.entries()) expect(value).toBeCloseTo(pulled[j]! / mean, 3);
    model.dispose();
  });

  it('ti-fgsm smooths by a Gaussian of the published size, and keeps the sum of a slope away from the border', () => {
    const kernel = valuesOf(smoothing(31, 15, 3));
    const row = kernel.slice(15 * 31, 16 * 31);
    expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
    expect(row.filter((value) => value > 0)).toHaveLength(15);
    expect(row[15]! / row[8]!).toBeCloseTo(Math.exp(4.5), 1);
    expect([...valuesOf(smoothing(4, 1, 3))]).toEqual([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
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
