import { createNoise, type Goal, l1, perturb } from '@groundstate/core';
import { describeAttack, linearModel, referenceCase, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../tests/fixtures/ead.json' with { type: 'json' };
import { deviation, traceOf, valuesOf } from '../tests/trace';
import { type EadOptions, ead } from './ead';

const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const labels = tf.ones([1], 'int32') as Tensor1D;
const request = { goal: { kind: 'misclassify', labels }, threat: { norm: l1(), epsilon: Number.POSITIVE_INFINITY }, seed: 0 } as const;
const weights = [2, -1, 0.5, -0.25];
const quick: EadOptions = { binarySearchSteps: 7, steps: 40, learningRate: 0.02, initialConstant: 0.5, regularization: 0.02 };

describeAttack(() => ead({ binarySearchSteps: 3, steps: 10, learningRate: 0.05, initialConstant: 0.3 }), { passesPerStep: 2 });

describe('ead', () => {
  it.each(fixture.cases)('asks the model where a public implementation does: $model, $options', (traced) => {
    const { model, inputs, labels: all } = referenceCase(traced.model as 'mlp' | 'convnet');
    const rows = tf.tensor1d(traced.rows, 'int32');
    const y = tf.gather(all(), rows);
    const problem = { model, inputs: tf.gather(inputs(), rows), goal: { kind: 'misclassify', labels: y } as const, threat: request.threat };
    const noise = createNoise(0, Int32Array.from(traced.rows));
    const { points } = traceOf(ead({ ...traced.options, abortEarly: false }), { ...problem, labels: y, noise });
    expect(deviation(points, traced.points)).toBeLessThan(1e-4);
    model.dispose();
  });

  it.each([
    { bounds: [0, 1] as const, about: 'within a box that does not stand in the way' },
    { bounds: everywhere, about: 'without bounds' },
  ])('comes to the distance |lead| / max |w| of a linear model, and moves that coordinate alone, $about', async ({ bounds }) => {
    // lead = 2 x1 - x2 + x3 / 2 - x4 / 4 at 0.5 is 0.625: x1 falls by 0.3125.
    const model = linearModel(weights, 0, [4], [...bounds]);
    const { adversarial, distance } = await perturb(ead(quick), { ...request, model, inputs: tf.fill([1, 4], 0.5) });
    expect(valuesOf(distance)[0]).toBeGreaterThan(0.31249);
    expect(valuesOf(distance)[0]).toBeLessThan(0.3125 * 1.01);
    expect([...valuesOf(adversarial)].slice(1)).toEqual([0.5, 0.5, 0.5]);
  });

  it('goes round the corner where the box stands in the way', async () => {
    // lead = 2 x1 - x2 + 0.8 from (0.1, 0.5) is 0.5: x1 has 0.1 and takes off 0.2, so that x2 has to rise by 0.3: 0.4 together.
    const model = linearModel([2, -1], 0.8);
    const { distance } = await perturb(ead(quick), { ...request, model, inputs: tf.tensor2d([[0.1, 0.5]]) });
    expect(valuesOf(distance)[0]).toBeGreaterThan(0.39999);
    expect(valuesOf(distance)[0]).toBeLessThan(0.404);
  });

  it('keeps the smallest by the sum norm, or by the elastic net where it is told to', async () => {
    const model = smoothModel();
    const ids = Int32Array.from({ length: 12 }, (_, i) => i);
    const inputs = createNoise(1, ids).stream('inputs').uniform([6]);
    const predicted = tf.tidy(() => tf.argMax(model.logits(inputs), 1) as Tensor1D);
    const goal = { kind: 'misclassify', labels: predicted } as const;
    const beta = 0.001;
    const kept = async (decisionRule: 'l1' | 'en'): Promise<{ success: number[]; sums: Float32Array; nets: Float32Array }> => {
      const attack = ead({ binarySearchSteps: 4, steps: 30, learningRate: 0.05, initialConstant: 0.3, regularization: beta, decisionRule });
      const { adversarial, success, distance } = await perturb(attack, { ...request, model, inputs, goal });
      const away = tf.sub(adversarial, inputs);
      const nets = tf.sum(tf.add(tf.square(away), tf.mul(beta, tf.abs(away))), 1);
      return { success: [...valuesOf(success)], sums: valuesOf(distance), nets: valuesOf(nets) };
    };
    const [sum, net] = [await kept('l1'), await kept('en')];
    expect(sum.success).toContain(1);
    expect(net.success).toEqual(sum.success);
    for (const row of ids) {
      expect(sum.sums[row]).toBeLessThanOrEqual(net.sums[row]! + 1e-6);
      expect(net.nets[row]).toBeLessThanOrEqual(sum.nets[row]! + 1e-6);
    }
    const total = (values: Float32Array): number => values.reduce((all, value) => all + value, 0);
    expect(total(sum.sums)).toBeLessThan(0.999 * total(net.sums));
    expect(total(net.nets)).toBeLessThan(0.999 * total(sum.nets));
    model.dispose();
  });

  it('meets the goal by the confidence that it is asked for', async () => {
    const model = linearModel(weights, 0);
    const inputs = tf.fill([1, 4], 0.5);
    const { adversarial, distance } = await perturb(ead({ ...quick, confidence: 0.25 }), { ...request, model, inputs });
    const [none, lead] = valuesOf(model.logits(adversarial) as Tensor2D);
    expect(none! - lead!).toBeGreaterThan(0.25);
    expect(valuesOf(distance)[0]).toBeLessThan(((0.625 + 0.25) / 2) * 1.02);
  });

  it('goes for the given class, and away from the predicted one without labels', async () => {
    // Three classes with logits x1, x2, x3 from (0.6, 0.5, 0.2): 0.1 to the second class, 0.4 to the third; halves of it either side.
    const model = { ...linearModel([0, 0, 0], 0), classes: 3, logits: (x: Tensor) => x as Tensor2D };
    const inputs = tf.tensor2d([[0.6, 0.5, 0.2]]);
    const reach = async (goal: Goal): Promise<number> => {
      const { success, distance } = await perturb(ead(quick), { ...request, model, inputs, goal });
      expect([...valuesOf(success)]).toEqual([1]);
      return valuesOf(distance)[0]!;
    };
    const away = await reach({ kind: 'change' });
    expect(away).toBeGreaterThan(0.0999);
    expect(away).toBeLessThan(0.105);
    // Down with the first to the second is 0.1; then both fall, or the third rises alone by 0.4, which is nearest.
    const third = await reach({ kind: 'target', classes: tf.tensor1d([2], 'int32') });
    expect(third).toBeGreaterThan(0.3999);
    expect(third).toBeLessThan(0.44);
  });

  it('gives up rounds that go nowhere, example by example', async () => {
    // Nothing fools a model without a slope; each of the three rounds stops at its second look.
    const flat = linearModel([0, 0], 1);
    const spent = async (abortEarly: boolean): Promise<number[]> => {
      const attack = ead({ binarySearchSteps: 3, steps: 50, abortEarly });
      const { backwards } = await perturb(attack, { ...request, model: flat, inputs: tf.fill([1, 2], 0.5) });
      return [...backwards];
    };
    expect(await spent(true)).toEqual([3 * 6]);
    expect(await spent(false)).toEqual([150]);
  });

  it('says what is wrong with its options', () => {
    expect(() => ead({ decisionRule: 'l2' } as object)).toThrow("ead: expected `decisionRule` to be one of 'l1', 'en', got \"l2\".");
    expect(() => ead({ regularization: -1 })).toThrow('ead: expected `regularization` to be a finite number of at least 0, got -1.');
  });
});
