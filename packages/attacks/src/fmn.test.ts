import { createNoise, l0, l1, l2, linf, type Norm, perturb } from '@groundstate/core';
import { describeAttack, linearModel, referenceCase } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../tests/fixtures/fmn.json' with { type: 'json' };
import { deviation, traceOf, valuesOf } from '../tests/trace';
import { fmn } from './fmn';

const norms: Readonly<Record<string, () => Norm>> = { linf, l2, l1, l0 };
const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const weights = [2, -1, 0.5, -0.25];

describeAttack(() => fmn({ steps: 20 }));

describe('fmn', () => {
  it.each(fixture.cases)('asks the model where a public implementation does: $model, $norm', (traced) => {
    const { model, inputs, labels: all } = referenceCase(traced.model as 'mlp' | 'convnet');
    const rows = tf.tensor1d(traced.rows, 'int32');
    const y = tf.gather(all(), rows);
    const threat = { norm: norms[traced.norm]!(), epsilon: Number.POSITIVE_INFINITY };
    const problem = { model, inputs: tf.gather(inputs(), rows), goal: { kind: 'misclassify', labels: y } as const, threat };
    const noise = createNoise(0, Int32Array.from(traced.rows));
    const { points } = traceOf(fmn({ steps: traced.steps }), { ...problem, labels: y, noise });
    expect(deviation(points.slice(-traced.steps), traced.points)).toBeLessThan(2e-4);
    model.dispose();
  });

  it.each(['linf', 'l2', 'l1'])('comes to the distance |lead| / |w|* of a linear model under %s', async (name) => {
    const norm = norms[name]!();
    const model = linearModel(weights, 0, [4], [...everywhere]);
    const threat = { norm, epsilon: Number.POSITIVE_INFINITY };
    const { distance } = await perturb(fmn({ steps: 300 }), { model, inputs: tf.fill([1, 4], 0.5), goal, threat, seed: 0 });
    const dual = valuesOf(norm.dualSize(tf.tensor2d([weights])))[0]!;
    expect(valuesOf(distance)[0]! / (0.625 / dual)).toBeGreaterThan(1 - 1e-5);
    expect(valuesOf(distance)[0]! / (0.625 / dual)).toBeLessThan(1.02);
  });

  it('changes one coordinate where one is enough, two where it takes two', async () => {
    // At 0.5 within the box the first coordinate gives 1, the second 0.5, the third 0.25, the last 0.125.
    for (const [lead, least] of [
      [0.7, 1],
      [1.2, 2],
      [1.6, 3],
    ] as const) {
      const model = linearModel(weights, lead - 0.625);
      const threat = { norm: l0(), epsilon: 4 };
      const { distance } = await perturb(fmn({ steps: 60 }), { model, inputs: tf.fill([1, 4], 0.5), goal, threat, seed: 0 });
      expect([...valuesOf(distance)]).toEqual([least]);
    }
  });

  it('goes round the corner where the box stands in the way', async () => {
    // lead = x1 + x2 - 0.5 from (0.1, 0.9): x1 has 0.1 only, so that the other has to fall by 0.4.
    const request = { model: linearModel([1, 1], -0.5), inputs: tf.tensor2d([[0.1, 0.9]]), goal, seed: 0 };
    const { distance } = await perturb(fmn({ steps: 300 }), { ...request, threat: { norm: linf(), epsilon: Number.POSITIVE_INFINITY } });
    expect(valuesOf(distance)[0]).toBeGreaterThan(0.39999);
    expect(valuesOf(distance)[0]).toBeLessThan(0.41);
  });

  it('stays finite, and fails, where there is no gradient', async () => {
    const model = linearModel([0, 0], 1);
    const threat = { norm: linf(), epsilon: 1 };
    const { success, adversarial } = await perturb(fmn({ steps: 5 }), { model, inputs: tf.fill([1, 2], 0.5), goal, threat, seed: 0 });
    expect([...valuesOf(success), ...valuesOf(adversarial)]).toEqual([0, 0.5, 0.5]);
  });

  it('says what is wrong with its options', () => {
    expect(() => fmn({ stepSize: 0 })).toThrow('fmn: expected `stepSize` to be a finite number above 0, got 0.');
  });
});
