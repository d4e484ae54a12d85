import { createNoise, l2, linf, type Norm, perturb, type StepAttack, settle } from '@groundstate/core';
import { describeAttack, linearModel, referenceCase } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../tests/fixtures/deepfool.json' with { type: 'json' };
import { deviation, traceOf, valuesOf } from '../tests/trace';
import { deepfool } from './deepfool';

const norms: Readonly<Record<string, () => Norm>> = { linf, l2 };
const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const label = (...classes: number[]) => ({ kind: 'misclassify', labels: tf.tensor1d(classes, 'int32') as Tensor1D }) as const;

describeAttack(() => deepfool({ steps: 8 }), { passesPerStep: 2 });

describe('deepfool', () => {
  it.each(fixture.cases.map((traced) => ({ traced, title: `${traced.model}, ${traced.norm}, ${traced.candidates} candidates` })))(
    "goes from iterate to iterate as Foolbox's does: $title",
    ({ traced }) => {
      const { model, inputs, labels } = referenceCase(traced.model as 'mlp' | 'convnet');
      const y = labels();
      const iterates = traced.points.shape[0]!;
      const threat = { norm: norms[traced.norm]!(), epsilon: Number.POSITIVE_INFINITY };
      const attack = settle(deepfool({ steps: iterates - 1, candidates: traced.candidates }), threat, model) as StepAttack;
      const noise = createNoise(0, Int32Array.from([0, 1, 2, 3, 4, 5]));
      const problem = { model, inputs: inputs(), goal: { kind: 'misclassify', labels: y }, threat, noise, labels: y } as const;
      const { rows } = traceOf(attack, problem);
      const path = [valuesOf(problem.inputs), ...rows.map(({ adversarial }) => adversarial!)];
      expect(iterates).toBeGreaterThan(2);
      expect(deviation(path, traced.points)).toBeLessThan(5e-5);
      model.dispose();
    },
  );

  it.each(['linf', 'l2'])('stops a share of the overshoot behind the boundary of a linear model under %s', async (name) => {
    // lead = 2 x1 - x2 + x3 / 2 - x4 / 4 at 0.5 is 0.625; |w|* is 3.75 and 2.304886. One step: (0.625 / |w|* + 1e-4) * (1 + overshoot).
    const weights = [2, -1, 0.5, -0.25];
    const norm = norms[name]!();
    const model = linearModel(weights, 0, [4], [...everywhere]);
    const dual = valuesOf(norm.dualSize(tf.tensor2d([weights])))[0]!;
    for (const overshoot of [0, 0.02, 0.5]) {
      const request = { model, inputs: tf.fill([1, 4], 0.5), goal: label(1), threat: { norm, epsilon: Number.POSITIVE_INFINITY }, seed: 0 };
      const { distance, backwards } = await perturb(deepfool({ overshoot }), request);
      expect(valuesOf(distance)[0]).toBeCloseTo((0.625 / dual + 1e-4) * (1 + overshoot), 5);
      expect(backwards[0]).toBe(1);
    }
  });

  it('goes for the nearest boundary among its candidates, which need not be that of the runner-up', async () => {
    // Slopes beside the label's: the runner-up is 0.2 behind and gains 0.5 a unit along x1, so 0.4 away; the third is 0.3 behind and
    // gains 3 a unit along x2: 0.1 away.
    const weights = tf.tensor2d([
      [0, 0.5, 0],
      [0, 0, 3],
    ]);
    const model = {
      name: 'three',
      bounds: [0, 1] as const,
      classes: 3,
      inputShape: [2],
      logits: (x: tf.Tensor): Tensor2D => tf.add(tf.matMul(x as Tensor2D, weights), [1, 0.8, 0.7]) as Tensor2D,
    };
    const request = { model, inputs: tf.zeros([1, 2]), goal: label(0), threat: { norm: l2(), epsilon: 1 }, seed: 0 };
    const [all, two] = [await perturb(deepfool(), request), await perturb(deepfool({ candidates: 2 }), request)];
    expect(valuesOf(all.distance)[0]).toBeCloseTo(1.02 * (0.1 + 1e-4), 5);
    expect(valuesOf(two.distance)[0]).toBeCloseTo(1.02 * (0.4 + 1e-4), 5);
    expect([all.backwards[0], two.backwards[0]]).toEqual([2, 1]);
  });

  it('takes further steps where the box holds it up', async () => {
    // lead = x1 + x2 - 0.5 from (0.1, 0.9): each of the two moves by what is missing, half of it, x1 by 0.1 at most.
    const request = { inputs: tf.tensor2d([[0.1, 0.9]]), goal: label(1), threat: { norm: l2(), epsilon: 1 }, seed: 0 };
    const { adversarial, success, backwards } = await perturb(deepfool(), { ...request, model: linearModel([1, 1], -0.5) });
    expect([...valuesOf(success)]).toEqual([1]);
    expect(valuesOf(adversarial)[0]).toBe(0);
    expect(backwards[0]).toBeGreaterThan(1);
  });

  it('says what is wrong with its options', () => {
    expect(() => deepfool({ candidates: 1 })).toThrow('deepfool: expected `candidates` to be an integer of at least 2, got 1.');
    expect(() => deepfool({ overshoot: -0.1 })).toThrow('deepfool: expected `overshoot` to be a finite number of at least 0, got -0.1.');
    expect(() => deepfool({ step: 1 } as object)).toThrow("deepfool: expected `option` to be one of 'steps', 'candidates', 'overshoot'");
  });
});
