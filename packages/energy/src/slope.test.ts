import { l1, l2, linf, type Norm } from '@groundstate/core';
import { describeObjective, leakedTensors, linearModel, relativeError, smoothModel, weightDifferences } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { evaluated, examples, meanEnergy } from '../tests/objectives';
import { ballEnergy } from './ball-energy';
import { pointEnergy } from './point-energy';

const threat = { norm: l2(), epsilon: 0.3 };

// One for the direction and two for the difference, or two for a random direction, at each point. Longer differences than by
// default: the slope for the last bias is small, and a short difference of losses in float32 hardly shows it.
const own = { relativeStep: 0.2 };
const tolerance = 2e-2;
describeObjective(() => pointEnergy(own), { cost: 3, tolerance });
describeObjective(() => pointEnergy({ ...own, norm: linf(), form: 'huber', huberDelta: 0.1 }), { cost: 3, tolerance });
describeObjective(() => pointEnergy({ ...own, virtual: true }), { cost: 2, tolerance });
describeObjective(() => ballEnergy({ ...own, threat }), { cost: 3, tolerance });
describeObjective(() => ballEnergy({ ...own, threat: { norm: linf(), epsilon: 0.1 }, samples: 2 }), { cost: 6, tolerance });
describeObjective(() => ballEnergy({ ...own, threat, samples: 2, virtual: true }), { cost: 4, tolerance });
describeObjective(() => pointEnergy({ method: 'double-backprop' }), { cost: 2, readsOnce: true });
describeObjective(() => ballEnergy({ method: 'double-backprop', threat, samples: 2 }), { cost: 4, readsOnce: true });

const weights = [1, -2, 0.5];
/** Points of three coordinates, their labels 1, and the slope of the loss per unit of lead at them: 1 / (1 + exp(lead)). */
const points = [
  [0.3, 0.2, 0.9],
  [0.7, 0.6, 0.1],
  [0.5, 0.5, 0.5],
];
const steepness = points.map((x) => 1 / (1 + Math.exp(0.2 + weights.reduce((sum, w, i) => sum + w * x[i]!, 0))));
const batch = () => ({ ids: Int32Array.of(0, 1, 2), inputs: tf.tensor2d(points) as Tensor, labels: tf.ones([3], 'int32') as Tensor1D });

const dualSizes: readonly (readonly [Norm, number])[] = [
  [l2(), Math.sqrt(5.25)],
  [linf(), 3.5],
  [l1(), 2],
];
describe.each(['finite-difference', 'double-backprop'] as const)('the point energy by %s', (method) => {
  it.each(dualSizes.map(([norm, size]) => [norm.name, norm, size] as const))(
    'is the squared slope times the squared dual norm of the weights of a linear model (%s)',
    (_, norm, size) => {
      const wanted = steepness.reduce((sum, s) => sum + (s * size) ** 2, 0) / 3;
      const value = meanEnergy(pointEnergy({ method, norm }), linearModel(weights, 0.2), batch());
      expect(Math.abs(value / wanted - 1)).toBeLessThan(2e-3);
    },
  );

  it('has gradients for the weights that finite differences of the other method confirm', async () => {
    const model = smoothModel();
    const objective = pointEnergy({ method, norm: linf() });
    const { grads } = evaluated(objective, model);
    const other = pointEnergy({ method: 'double-backprop', norm: linf() });
    const reference = await weightDifferences(model, () => tf.scalar(meanEnergy(other, { ...model }, examples())), 5e-3);
    for (const [name, gradient] of Object.entries(grads)) {
      expect(relativeError(await gradient.data(), reference[name]!)).toBeLessThan(5e-3);
    }
    model.dispose();
  });
});

describe('double backpropagation', () => {
  it('agrees with the finite difference, in value and gradient, for the ball too', async () => {
    const model = smoothModel({ scale: 2 });
    for (const make of [(method: never) => pointEnergy({ method }), (method: never) => ballEnergy({ threat, method, samples: 2 })]) {
      const [one, other] = [evaluated(make('finite-difference' as never), model), evaluated(make('double-backprop' as never), model)];
      expect(Math.abs(one.value / other.value - 1)).toBeLessThan(2e-3);
      for (const [name, gradient] of Object.entries(one.grads)) {
        expect(relativeError(await gradient.data(), await other.grads[name]!.data())).toBeLessThan(5e-3);
      }
    }
    model.dispose();
  });

  it('leaves no tensors', async () => {
    const model = smoothModel();
    const objective = pointEnergy({ method: 'double-backprop' });
    expect(await leakedTensors(() => tf.tidy(() => void evaluated(objective, model)))).toBe(0);
    model.dispose();
  });

  it('is refused where it would be wrong, with the reason', () => {
    const model = {
      ...linearModel(weights, 0.2, [2, 2, 1]),
      name: 'resized',
      logits: (x: Tensor) => tf.reshape(tf.square(tf.image.resizeBilinear(x as Tensor4D, [1, 2])), [-1, 2]) as Tensor2D,
    };
    const labelled = { ...batch(), inputs: tf.fill([3, 2, 2, 1], 0.5) };
    expect(() => meanEnergy(pointEnergy({ method: 'double-backprop' }), model, labelled)).toThrow(
      /^pointEnergy: expected `method` to be 'finite-difference' for this model, got "double-backprop"\. .* ResizeBilinearGrad/,
    );
    expect(meanEnergy(pointEnergy(), model, labelled)).toBeGreaterThan(0);
  });
});

describe('the virtual point energy', () => {
  it('is on average the trace of the Fisher matrix: for a linear model p (1 - p) |w|^2', () => {
    const p = steepness.map((s) => 1 - s);
    const wanted = p.reduce((sum, q) => sum + q * (1 - q) * 5.25, 0) / 3;
    // One random direction an example and draw: 2,000 examples that are all alike.
    const ids = Int32Array.from({ length: 2001 }, (_, i) => i);
    const many = { ids, inputs: tf.tile(tf.tensor2d(points), [667, 1]), labels: tf.zeros([2001], 'int32') as Tensor1D };
    const value = meanEnergy(pointEnergy({ virtual: true }), linearModel(weights, 0.2), many);
    expect(Math.abs(value / wanted - 1)).toBeLessThan(0.06);
  });
});

describe('the ball energy', () => {
  it('is the average of the squared gradient over the ball: on one coordinate, an integral', () => {
    // Slope of the loss at x: 3 / (1 + exp(3 x)); x uniform on [0.3, 0.7].
    const wanted =
      Array.from({ length: 400 }, (_, i) => 0.3 + (0.4 * (i + 0.5)) / 400).reduce((sum, x) => sum + (3 / (1 + Math.exp(3 * x))) ** 2, 0) /
      400;
    const ids = Int32Array.from({ length: 1500 }, (_, i) => i);
    const many = { ids, inputs: tf.fill([1500, 1], 0.5), labels: tf.ones([1500], 'int32') as Tensor1D };
    const value = meanEnergy(ballEnergy({ threat: { norm: linf(), epsilon: 0.2 }, samples: 4 }), linearModel([3], 0), many);
    expect(Math.abs(value / wanted - 1)).toBeLessThan(0.02);
  });

  it('draws inside the box', () => {
    const seen: number[] = [];
    const base = linearModel(weights, 0.2);
    const model = {
      ...base,
      logits: (x: Tensor) => {
        seen.push(...x.dataSync());
        return base.logits(x);
      },
    };
    const labelled = { ...batch(), inputs: tf.zeros([3, 3]) };
    meanEnergy(ballEnergy({ threat: { norm: linf(), epsilon: 0.4 }, relativeStep: 1e-3 }), model, labelled);
    expect(Math.min(...seen)).toBeGreaterThan(-1e-3);
    expect(Math.max(...seen)).toBeGreaterThan(0.2);
  });

  it('bears its settings in its name, by which a checkpoint knows it', () => {
    const names = [{}, { relativeStep: 0.1 }, { virtual: true }, { virtual: true, on: 'labelled', relativeStep: 0.1 }] as const;
    expect(names.map((options) => pointEnergy(options).name)).toEqual([
      'point-energy l2 by finite-difference',
      'point-energy l2 by finite-difference of 0.1',
      'virtual-point-energy l2 by finite-difference',
      'virtual-point-energy l2 by finite-difference of 0.1 on labelled',
    ]);
  });

  it('says what is wrong with its options', () => {
    expect(() => ballEnergy({ threat, steps: 1 } as never)).toThrow(
      /^ballEnergy: expected `option` to be one of 'threat', .*, got "steps"\.$/,
    );
    expect(() => ballEnergy({} as never)).toThrow('ballEnergy: expected `threat` to be a norm and an epsilon, got undefined.');
    expect(() => ballEnergy({ threat: { norm: linf(), epsilon: 1 }, virtual: true })).toThrow(
      'expected `norm` to be l2 for a virtual energy',
    );
    expect(() => pointEnergy({ virtual: true, method: 'double-backprop' })).toThrow("expected `method` to be 'finite-difference'");
    expect(() => pointEnergy({ method: 'double-backprop', relativeStep: 1 })).toThrow('It takes no difference.');
    expect(() => pointEnergy({ on: 'all' })).toThrow('Only a virtual energy does without labels.');
  });
});
