import { createNoise, l2, perturb } from '@groundstate/core';
import { describeAttack, linearModel, referenceCase } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../tests/fixtures/ddn.json' with { type: 'json' };
import { deviation, traceOf, valuesOf } from '../tests/trace';
import { ddn } from './ddn';

const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const labels = tf.ones([1], 'int32') as Tensor1D;
const request = { goal: { kind: 'misclassify', labels }, threat: { norm: l2(), epsilon: Number.POSITIVE_INFINITY }, seed: 0 } as const;

describeAttack(() => ddn({ steps: 20 }));

describe('ddn', () => {
  it.each(fixture.cases)('asks the model where a public implementation does: $model', (traced) => {
    const { model, inputs, labels: all } = referenceCase(traced.model as 'mlp' | 'convnet');
    const rows = tf.tensor1d(traced.rows, 'int32');
    const y = tf.gather(all(), rows);
    const problem = { model, inputs: tf.gather(inputs(), rows), goal: { kind: 'misclassify', labels: y } as const };
    const noise = createNoise(0, Int32Array.from(traced.rows));
    const { points } = traceOf(ddn({ steps: traced.steps }), { ...problem, labels: y, threat: request.threat, noise });
    expect(deviation(points.slice(-traced.steps), traced.points)).toBeLessThan(1e-4);
    model.dispose();
  });

  it('comes to the distance |lead| / |w| of a linear model', async () => {
    // lead = 2 x1 - x2 + x3 / 2 - x4 / 4 at 0.5 is 0.625, |w| is 2.304886: 0.271163.
    const model = linearModel([2, -1, 0.5, -0.25], 0, [4], [...everywhere]);
    const { distance } = await perturb(ddn({ steps: 300, gamma: 0.01 }), { ...request, model, inputs: tf.fill([1, 4], 0.5) });
    expect(valuesOf(distance)[0]).toBeGreaterThan(0.27116);
    expect(valuesOf(distance)[0]).toBeLessThan(0.2765);
  });

  it('goes round the corner where the box stands in the way', async () => {
    // lead = x1 + x2 - 0.5 from (0.1, 0.9): (-0.1, -0.4) is the shortest way within the box, of length 0.412311.
    const model = linearModel([1, 1], -0.5);
    const { distance } = await perturb(ddn({ steps: 200, gamma: 0.02 }), { ...request, model, inputs: tf.tensor2d([[0.1, 0.9]]) });
    expect(valuesOf(distance)[0]).toBeGreaterThan(0.4123);
    expect(valuesOf(distance)[0]).toBeLessThan(0.43);
  });

  it('finds a way by chance where the gradient is zero at the start', async () => {
    // The lead is flat up to a distance of 0.3 from the input and falls steeply beyond.
    const center = tf.tensor2d([[0.5, 0.5]]);
    const model = linearModel([0, 0], 1);
    const flat = {
      ...model,
      logits: (x: tf.Tensor) => {
        const away = tf.sum(tf.square(tf.sub(x, center)), 1);
        const lead = tf.sub(1, tf.mul(30, tf.relu(tf.sub(away, 0.09))));
        return tf.stack([tf.zerosLike(lead), lead], 1) as tf.Tensor2D;
      },
    };
    const { success } = await perturb(ddn(), { ...request, model: flat, inputs: tf.tensor2d([[0.5, 0.5]]) });
    expect([...valuesOf(success)]).toEqual([1]);
  });

  it('proposes points of the given levels only, where it is told to', async () => {
    const model = linearModel([2, -1, 0.5, -0.25], 0);
    const inputs = tf.div(tf.tensor2d([[128, 127, 128, 127]]), 255);
    const { adversarial, success } = await perturb(ddn({ levels: 256 }), { ...request, model, inputs });
    expect([...valuesOf(success)]).toEqual([1]);
    for (const value of valuesOf(adversarial)) expect(Math.abs(value * 255 - Math.round(value * 255))).toBeLessThan(1e-4);
    const endless = linearModel([2, -1, 0.5, -0.25], 0, [4], [...everywhere]);
    await expect(perturb(ddn({ levels: 256 }), { ...request, model: endless, inputs })).rejects.toThrow(
      'ddn: expected `levels` to be left out where the bounds are infinite, got 256.',
    );
  });

  it('says what is wrong with its options', () => {
    expect(() => ddn({ gamma: 1 })).toThrow('ddn: expected `gamma` to be a finite number of at least 0 and of at most 0.99, got 1.');
  });
});
