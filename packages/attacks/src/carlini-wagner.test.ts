import { createNoise, l2, perturb } from '@groundstate/core';
import { describeAttack, linearModel, referenceCase } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../tests/fixtures/carlini-wagner.json' with { type: 'json' };
import { deviation, traceOf, valuesOf } from '../tests/trace';
import { carliniWagner } from './carlini-wagner';

const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const labels = tf.ones([1], 'int32') as Tensor1D;
const request = { goal: { kind: 'misclassify', labels }, threat: { norm: l2(), epsilon: Number.POSITIVE_INFINITY }, seed: 0 } as const;
const weights = [2, -1, 0.5, -0.25];

describeAttack(() => carliniWagner({ binarySearchSteps: 3, steps: 10, learningRate: 0.1, initialConstant: 0.1 }));

describe('carlini-wagner', () => {
  it.each(fixture.cases)('asks the model where a public implementation does: $model, $options', (traced) => {
    const { model, inputs, labels: all } = referenceCase(traced.model as 'mlp' | 'convnet');
    const rows = tf.tensor1d(traced.rows, 'int32');
    const y = tf.gather(all(), rows);
    const problem = { model, inputs: tf.gather(inputs(), rows), goal: { kind: 'misclassify', labels: y } as const, threat: request.threat };
    const noise = createNoise(0, Int32Array.from(traced.rows));
    const { points } = traceOf(carliniWagner({ ...traced.options, abortEarly: false }), { ...problem, labels: y, noise });
    // Driver and clean pass aside, one question a step; the first point is the clean one, moved inside the box by rounding.
    const asked = traced.options.binarySearchSteps * traced.options.steps;
    expect(deviation(points.slice(0, asked), traced.points)).toBeLessThan(2e-4);
    model.dispose();
  });

  it.each([
    { bounds: [0, 1] as const, about: 'within a box that does not stand in the way' },
    { bounds: everywhere, about: 'without bounds, where there is no change of variables' },
  ])('comes to the distance |lead| / |w| of a linear model $about', async ({ bounds }) => {
    // lead = 2 x1 - x2 + x3 / 2 - x4 / 4 at 0.5 is 0.625, |w| is 2.304886: 0.271163.
    const model = linearModel(weights, 0, [4], [...bounds]);
    const attack = carliniWagner({ binarySearchSteps: 9, steps: 200, learningRate: 0.02, initialConstant: 0.01 });
    const { distance } = await perturb(attack, { ...request, model, inputs: tf.fill([1, 4], 0.5) });
    expect(valuesOf(distance)[0]! / 0.271163).toBeGreaterThan(0.9999);
    expect(valuesOf(distance)[0]! / 0.271163).toBeLessThan(1.01);
  });

  it('goes round the corner where the box stands in the way, and moves pixels that are exactly 0 and 1', async () => {
    // lead = x1 + x2 - 0.5 from (0, 1): only the second can fall, by 0.5.
    const attack = carliniWagner({ binarySearchSteps: 6, steps: 400, learningRate: 0.1, initialConstant: 0.1 });
    const model = linearModel([1, 1], -0.5);
    const { distance } = await perturb(attack, { ...request, model, inputs: tf.tensor2d([[0, 1]]) });
    expect(valuesOf(distance)[0]).toBeGreaterThan(0.49999);
    expect(valuesOf(distance)[0]).toBeLessThan(0.51);
  });

  it('meets the goal by the confidence that it is asked for, and is refused where it cannot', async () => {
    const model = linearModel(weights, 0, [4]);
    const attack = (confidence: number) =>
      carliniWagner({ binarySearchSteps: 6, steps: 100, learningRate: 0.05, initialConstant: 0.1, confidence });
    const inputs = tf.fill([1, 4], 0.5);
    const { adversarial, distance } = await perturb(attack(0.5), { ...request, model, inputs });
    const [none, lead] = valuesOf(model.logits(adversarial) as Tensor2D);
    expect(none! - lead!).toBeGreaterThan(0.5);
    expect(valuesOf(distance)[0]).toBeGreaterThan((0.625 + 0.5) / 2.304886);
    // The lead is between -1.25 and 2.5 in the box: it cannot be lost by 2.
    const { success } = await perturb(attack(2), { ...request, model, inputs });
    expect([...valuesOf(success)]).toEqual([0]);
  });

  it('gives up rounds that go nowhere, example by example', async () => {
    // Nothing fools a model without a slope; each of the three rounds stops at its second look.
    const flat = linearModel([0, 0], 1);
    const attack = carliniWagner({ binarySearchSteps: 3, steps: 100 });
    const { backwards } = await perturb(attack, { ...request, model: flat, inputs: tf.fill([1, 2], 0.5) });
    expect([...backwards]).toEqual([3 * 11]);
    const patient = carliniWagner({ binarySearchSteps: 3, steps: 100, abortEarly: false });
    const { backwards: all } = await perturb(patient, { ...request, model: flat, inputs: tf.fill([1, 2], 0.5) });
    expect([...all]).toEqual([300]);
  });

  it('says what is wrong with its options', () => {
    expect(() => carliniWagner({ confidence: -1 })).toThrow(
      'carlini-wagner: expected `confidence` to be a finite number of at least 0, got -1.',
    );
  });
});
