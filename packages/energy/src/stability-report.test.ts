import { examplesFromArrays, l2, linf, type Model } from '@groundstate/core';
import { binaryModel, leakedTensors, linearModel, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedPath } from '../tests/fixed-path';
import { normalQuantile } from './normal-quantile';
import { type FigureName, figureNames } from './stability-figures';
import { relationsOf, smoothedRadius, stabilityReport } from './stability-report';
import { stabilityTable } from './stability-table';

const threat = { norm: l2(), epsilon: 0.3 };
const count = 7;
const data = (seed = 1, size = 6, classes = 3) => {
  const random = (i: number): number => (Math.abs(Math.sin(seed * 99.1 + i * 12.9898)) * 43758.5453) % 1;
  return examplesFromArrays({
    inputs: Float32Array.from({ length: count * size }, (_, i) => random(i)),
    labels: Int32Array.from({ length: count }, (_, i) => i % classes),
    shape: [size],
  });
};

/** A network of rectifiers, with weights of the smooth one. */
function rectified(seed: number): Model & { dispose(): void } {
  const model = smoothModel({ seed, scale: 2 });
  const [a, b, c, d] = ['hidden/kernel', 'hidden/bias', 'output/kernel', 'output/bias'].map((name) => model.weights[name]!);
  return {
    ...model,
    logits: (x) => tf.add(tf.matMul(tf.relu(tf.add(tf.matMul(x as Tensor2D, a as never), b!)), c as never), d!) as Tensor2D,
  };
}

describe('the relations that are exact', () => {
  it('hold on random networks, smooth and rectified, under both norms', async () => {
    const options = { jacobian: false, samples: 1 };
    await fc.assert(
      fc.asyncProperty(fc.nat(1e6), fc.boolean(), fc.boolean(), async (seed, smooth, euclidean) => {
        const model = smooth ? smoothModel({ seed, scale: 2 }) : rectified(seed);
        const { holds } = await stabilityReport(model, data(seed), {
          ...options,
          threat: euclidean ? threat : { norm: linf(), epsilon: 0.1 },
        });
        model.dispose();
        expect(holds).toEqual({ refinement: true, secondDifference: true, divergence: true });
      }),
      { numRuns: 12 },
    );
  });

  it('are judged: figures that break one are told, and so are figures that are no numbers', () => {
    const figures = {
      ...Object.fromEntries(figureNames.map((name) => [name, 0])),
      ...{
        gap: 2,
        d1: 4,
        d2: 5,
        d4: 5.5,
        d8: 5.6,
        tv1: 2,
        tv2: 2.2,
        tv4: 2.3,
        tv8: 2.3,
        secondDifference: -1,
        pathEnergy: 5.7,
        pathBound: 6,
      },
      ...{ kl: 0.5, predictionGap: 0.5, predictionD1: 0.25, virtualD1: 0.3, virtualD2: 0.4, virtualD4: 0.5, virtualD8: 0.5 },
    } as Record<FigureName, number>;
    const broken = (changes: Partial<Record<FigureName, number>>): string[] =>
      Object.entries(relationsOf({ ...figures, ...changes })).flatMap(([name, held]) => (held ? [] : [name]));
    expect(broken({})).toEqual([]);
    for (const changes of [{ gap: -2.1 }, { d4: 4.9 }, { d8: 5.4 }, { tv1: 1.9 }, { tv8: 2.2 }, { pathBound: 5.6 }]) {
      expect(broken(changes)).toEqual(['refinement']);
    }
    expect(broken({ secondDifference: 1.1 })).toEqual(['secondDifference']);
    for (const changes of [{ kl: 0.6 }, { predictionGap: 0.4 }, { predictionD1: 0.2 }, { virtualD1: 0.2 }, { virtualD8: 0.4 }]) {
      expect(broken(changes)).toEqual(['divergence']);
    }
    expect(broken({ d2: Number.NaN })).toEqual(['refinement', 'secondDifference']);
  });
});

describe('a stability report', () => {
  it('has the closed form of a linear model, for the path, the ball and the bounds', async () => {
    // Weights of length 5; label 1 with the lead <w, x>; r = -0.3 w / |w| lowers the lead by 1.5 in all.
    const model = linearModel([3, 4], 0, [2], [-10, 10]);
    const examples = examplesFromArrays({ inputs: Float32Array.of(0.2, 0.1), labels: Int32Array.of(1), shape: [2] });
    const attack = fixedPath((x) => tf.sub(x, tf.tensor1d([0.3 * 0.6, 0.3 * 0.8])));
    const { mean } = await stabilityReport(model, examples, { threat, samples: 4, hessianNorm: 25 / 4, attack });
    const loss = (t: number): number => Math.log1p(Math.exp(-(1 - 1.5 * t)));
    const slope = (t: number): number => 1 / (1 + Math.exp(1 - 1.5 * t));
    const average = (f: (t: number) => number): number => Array.from({ length: 8 }, (_, k) => f((k + 0.5) / 8)).reduce((a, b) => a + b) / 8;
    const near = (value: number | undefined, wanted: number): void =>
      expect(Math.abs(value! - wanted)).toBeLessThan(2e-3 * (1 + Math.abs(wanted)));
    near(mean.loss, loss(0));
    near(mean.gap, loss(1) - loss(0));
    near(mean.d2, 2 * ((loss(0.5) - loss(0)) ** 2 + (loss(1) - loss(0.5)) ** 2));
    near(mean.tv4, loss(1) - loss(0));
    near(mean.gradient, 5 * slope(0));
    near(
      mean.pathEnergy,
      average((t) => (1.5 * slope(t)) ** 2),
    );
    // The path follows the gradient: Hoelder's inequality is an equality.
    near(
      mean.pathBound,
      average((t) => (1.5 * slope(t)) ** 2),
    );
    near(mean.largestGradient, 5 * slope(15 / 16));
    // The Jacobian of the logits (0, <w, x>) has the squared norm 25; the Fisher trace is p (1 - p) 25.
    near(mean.jacobianBound, (0.09 / 4) * 25);
    near(mean.fisherBound, (0.09 / 2) * slope(0) * (1 - slope(0)) * 25);
    const p = 1 - slope(0);
    const q = 1 - slope(1);
    near(mean.kl, p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q)));
    near(mean.radiusEstimate, (Math.LN2 - loss(0)) / mean.largestGradient);
    near(mean.ballBound, 0.3 * Math.sqrt(mean.ballEnergy) + 1.5 * 6.25 * 0.09);
    expect(mean.gap).toBeLessThan(mean.ballBound!);
    expect(mean.smoothedRadius).toBeUndefined();
  });

  it('on smooth networks the divergence is below its bound by the Jacobian, and near that by the Fisher matrix for small r', async () => {
    const model = smoothModel({ scale: 2 });
    const wide = await stabilityReport(model, data(), { threat, samples: 1 });
    for (const { kl, jacobianBound } of wide.examples) expect(kl).toBeLessThanOrEqual(jacobianBound * 1.001);
    const small = await stabilityReport(model, data(), { threat: { norm: l2(), epsilon: 0.02 }, samples: 1 });
    for (const { kl, fisherBound } of small.examples) expect(kl).toBeLessThanOrEqual(fisherBound * 1.1);
    expect(small.mean.kl).toBeGreaterThan(0);
    model.dispose();
  });

  it('a radius by the largest gradient there is stops short of the nearest error; by the largest that was seen it need not', async () => {
    // F, with the supremum in closed form: the slope of a linear model is 5 at most.
    const model = linearModel([3, 4], 3, [2], [-10, 10]);
    const examples = examplesFromArrays({ inputs: Float32Array.of(0.2, 0.1), labels: Int32Array.of(1), shape: [2] });
    const { mean } = await stabilityReport(model, examples, { threat, samples: 4 });
    const wrongAt = 4 / 5;
    expect((Math.LN2 - mean.loss) / 5).toBeLessThan(wrongAt);
    // The estimate knows only the gradients that were seen: it is too large here, as it says it may be.
    expect(mean.radiusEstimate).toBeGreaterThan(wrongAt);
  });

  it('has the smoothed expectations of a linear model, by quadrature, and a radius the smoothed classifier keeps', async () => {
    const model = linearModel([1.2], 3, [1], [-100, 100]);
    const [x, s] = [0.4, 0.5];
    // One point under fifty ids: two thousand draws.
    const examples = examplesFromArrays({ inputs: new Float32Array(50).fill(x), labels: new Int32Array(50).fill(1), shape: [1] });
    const { mean } = await stabilityReport(model, examples, { threat, samples: 40, smoothing: s, jacobian: false });
    const grid = Array.from({ length: 2001 }, (_, i) => (i - 1000) / 200);
    const over = (f: (x: number) => number): number =>
      grid.reduce((sum, z) => sum + (f(x + s * z) * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI) / 200, 0);
    const loss = over((at) => Math.log1p(Math.exp(-(1.2 * at + 3))));
    const energy = over((at) => (1.2 / (1 + Math.exp(1.2 * at + 3))) ** 2);
    expect(Math.abs(mean.smoothedLoss / loss - 1)).toBeLessThan(0.05);
    expect(Math.abs(mean.smoothedEnergy / energy - 1)).toBeLessThan(0.15);
    // The right class has the lead 1.2 x + 3: the smoothed classifier errs at x = -2.5 and no nearer.
    const radius = smoothedRadius(s, loss, energy);
    expect(radius).toBeGreaterThan(0.3);
    expect(radius).toBeLessThan(x + 2.5);
    expect(Math.abs(smoothedRadius(s, mean.smoothedLoss, mean.smoothedEnergy) - radius)).toBeLessThan(0.05);
    expect(Math.abs(mean.smoothedRadius! - radius)).toBeLessThan(0.15);
  });

  it('is the same however the examples are cut, and leaves no tensors', async () => {
    const model = smoothModel();
    const reports: unknown[] = [];
    const leaked = await leakedTensors(async () => {
      for (const batchSize of [1, 3, 64]) {
        reports.push(
          await stabilityReport(model, data(), {
            threat,
            samples: 2,
            batchSize,
            smoothing: 0.1,
            attack: fixedPath((z: Tensor) => tf.add(z, 0.05)),
          }),
        );
      }
    });
    expect(leaked).toBe(0);
    expect(reports[1]).toEqual(reports[0]);
    expect(reports[2]).toEqual(reports[0]);
    model.dispose();
  });

  it('reads a batch and leaves it to its owner', async () => {
    const model = binaryModel('flatly', [1], (x) => tf.reshape(x, [-1]) as Tensor1D);
    const batch = { ids: Int32Array.of(4), inputs: tf.tensor2d([[0.5]]) as Tensor, labels: tf.tensor1d([1], 'int32') as Tensor1D };
    const { examples } = await stabilityReport(model, batch, { threat, samples: 1 });
    expect(examples.map(({ id }) => id)).toEqual([4]);
    expect(batch.inputs.isDisposed).toBe(false);
    tf.dispose([batch.inputs, batch.labels]);
  });

  it('prints its means, with a word for each, and leaves out what was not asked for', async () => {
    const model = smoothModel();
    const text = stabilityTable(await stabilityReport(model, data(), { threat, samples: 1, jacobian: false }));
    expect(text).toMatch(/^Means of 7 examples, l2 0\.3:\nloss {13,}\d/);
    expect(text).toMatch(/radiusEstimate .* an ESTIMATE, no certificate/);
    expect(text).not.toMatch(/jacobianBound|smoothedRadius|NaN|undefined/);
    expect(text).toMatch(/refinement holds, secondDifference holds, divergence holds\.$/);
    model.dispose();
  });

  it('shows a mean that a single NaN has spoiled, and a radius of 0 where a wrong prediction has no gradient', async () => {
    // Label 1 with the lead -1 everywhere; NaN to the right of 0.5.
    const model = binaryModel('broken', [1], (x) => tf.sub(tf.mul(tf.sqrt(tf.sub(0.5, tf.reshape(x, [-1]))), 0), 1) as Tensor1D);
    const examples = examplesFromArrays({ inputs: Float32Array.of(0.2, 0.9), labels: [1, 1], shape: [1] });
    const report = await stabilityReport(model, examples, { threat: { norm: l2(), epsilon: 0.1 }, samples: 1, jacobian: false });
    expect(report.examples.map(({ radiusEstimate }) => radiusEstimate)).toEqual([0, Number.NaN]);
    expect(report.holds).toEqual({ refinement: false, secondDifference: false, divergence: false });
    expect(stabilityTable(report)).toMatch(/\nloss +NaN /);
    expect(stabilityTable(report)).not.toMatch(/jacobianBound|smoothedRadius/);
  });

  it('does nothing once its signal has fired, also of a single batch', async () => {
    const model = smoothModel();
    const batch = { ids: Int32Array.of(0), inputs: tf.zeros([1, 6]) as Tensor, labels: tf.tensor1d([1], 'int32') as Tensor1D };
    for (const examples of [data(), batch]) {
      await expect(stabilityReport(model, examples, { threat, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' });
    }
    tf.dispose([batch.inputs, batch.labels]);
    model.dispose();
  });

  it('says what is wrong with its options', async () => {
    const model = smoothModel();
    await expect(stabilityReport(model, data(), { threat, sample: 3 } as never)).rejects.toThrow(
      'stabilityReport: expected `option` to be one of',
    );
    await expect(stabilityReport(model, data(), { threat: { norm: linf(), epsilon: 0.1 }, smoothing: 0.1 })).rejects.toThrow(
      'stabilityReport: expected `smoothing` to be left out unless the norm is l2, got 0.1.',
    );
    await expect(stabilityReport(model, data(), { threat: 1 as never })).rejects.toThrow(
      'expected `threat` to be a norm and an epsilon, got 1.',
    );
    model.dispose();
  });
});

describe('the ball average', () => {
  it('bounds every gap together with the Hessian, and alone does not', async () => {
    // Lead 3 cos(x): label 1 at the crest x = 0, where the slope is 0. Along the path to 1 the loss rises all the same.
    const model = binaryModel('crest', [1], (x) => tf.reshape(tf.mul(3, tf.cos(x)), [-1]) as Tensor1D, [-4, 4]);
    const examples = examplesFromArrays({ inputs: Float32Array.of(0), labels: Int32Array.of(1), shape: [1] });
    const { mean } = await stabilityReport(model, examples, {
      threat: { norm: l2(), epsilon: 1 },
      // |l''| <= (3 sin)^2 / 4 + 3 |cos| <= 21 / 4.
      hessianNorm: 21 / 4,
      samples: 200,
      attack: fixedPath((x) => tf.add(x, 1)),
    });
    const loss = (x: number): number => Math.log1p(Math.exp(-3 * Math.cos(x)));
    expect(Math.abs(mean.gap - (loss(1) - loss(0)))).toBeLessThan(1e-5);
    expect(mean.gap).toBeLessThan(mean.ballBound!);
    const slope = (x: number): number => (3 * Math.sin(x)) / (1 + Math.exp(3 * Math.cos(x)));
    const energy = Array.from({ length: 1000 }, (_, i) => slope((i + 0.5) / 1000) ** 2).reduce((a, b) => a + b) / 1000;
    expect(Math.abs(mean.ballEnergy / energy - 1)).toBeLessThan(0.3);
    // Flat on one side of x, and all of the rise on the other: the average knows half of the slope only.
    const edge = binaryModel('edge', [1], (x) => tf.reshape(tf.mul(-3, tf.relu(x)), [-1]) as Tensor1D, [-4, 4]);
    const other = await stabilityReport(edge, examples, {
      threat: { norm: l2(), epsilon: 1 },
      samples: 200,
      attack: fixedPath((x) => tf.add(x, 1)),
    });
    expect(other.mean.gap).toBeGreaterThan(1.2 * Math.sqrt(other.mean.ballEnergy));
  });
});

describe('normalQuantile', () => {
  // Of tables: Phi^-1 at these probabilities.
  it.each([
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.99, 2.3263478740408408],
    [0.6, 0.2533471031357997],
    [0.999999, 4.753424308817089],
    [0.01, -2.3263478740408408],
  ])('at %d is %d', (p, wanted) => {
    expect(Math.abs(normalQuantile(p) - wanted)).toBeLessThan(5e-9 * (1 + Math.abs(wanted)));
  });

  it('gives no radius where the loss is above log 2 or the class is no better than a coin', () => {
    expect(smoothedRadius(1, 0.7, 0.1)).toBe(0);
    expect(smoothedRadius(1, 0.1, 10)).toBe(0);
    // m = 0.5931, q = 0.7787: Phi^-1(q) = 0.7677.
    expect(smoothedRadius(1, 0.1, 0.1)).toBeCloseTo(0.7677, 3);
  });
});
