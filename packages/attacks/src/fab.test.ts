import { createNoise, l1, l2, linf, margin, type Norm, perturb } from '@groundstate/core';
import { describeAttack, linearModel, referenceCase } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../tests/fixtures/fab.json' with { type: 'json' };
import { deviation, traceOf, valuesOf } from '../tests/trace';
import { fab, fabRun } from './fab';

const norms: Readonly<Record<string, () => Norm>> = { linf, l2, l1 };
const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;
const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;

describeAttack(() => fab({ steps: 8 }), { passesPerStep: 2 });

describe('fab', () => {
  it.each(
    fixture.cases.map((traced) => ({ traced, title: `${traced.model}, ${traced.norm}, ${traced.targeted ? 'one class' : 'all classes'}` })),
  )('asks the model where the code of its authors does: $title', ({ traced }) => {
    const { model, inputs, labels: all } = referenceCase(traced.model as 'mlp' | 'convnet');
    const rows = tf.tensor1d(traced.rows, 'int32');
    const y = tf.gather(all(), rows);
    const rivals = traced.targeted ? [margin({ towards: 2 })] : [2, 3, 4, 5].map((towards) => margin({ towards }));
    const problem = {
      model,
      inputs: tf.gather(inputs(), rows),
      goal: { kind: 'misclassify', labels: y } as const,
      threat: { norm: norms[traced.norm]!(), epsilon: 0.3 },
      noise: createNoise(0, Int32Array.from(traced.rows)),
    };
    const { points } = traceOf(fabRun('fab', rivals, { steps: traced.steps }), { ...problem, labels: y });
    // The first pass is that of the clean logits, by which the classes are ranked.
    expect(deviation(points.slice(1), traced.points)).toBeLessThan(2e-4);
    model.dispose();
  });

  // Between successes the perturbation goes 0.9, then 0.9 + 0.1 * 1.05 of the way: 1.005 is where it ends.
  it.each(['linf', 'l2', 'l1'])('comes to the distance |lead| / |w|* of a linear model under %s', async (name) => {
    // lead = 2 x1 - x2 + x3 / 2 - x4 / 4 at 0.5 is 0.625; |w|* is 3.75, 2.304886 and 2.
    const weights = [2, -1, 0.5, -0.25];
    const norm = norms[name]!();
    const request = { inputs: tf.fill([1, 4], 0.5), goal, threat: { norm, epsilon: Number.POSITIVE_INFINITY }, seed: 0 };
    const { distance, success } = await perturb(fab(), { ...request, model: linearModel(weights, 0, [4], [...everywhere]) });
    const dual = valuesOf(norm.dualSize(tf.tensor2d([weights])))[0]!;
    expect([...valuesOf(success)]).toEqual([1]);
    expect(valuesOf(distance)[0]! / (0.625 / dual)).toBeGreaterThan(1 - 1e-5);
    expect(valuesOf(distance)[0]! / (0.625 / dual)).toBeLessThan(1.006);
  });

  it('goes round the corner where the box stands in the way', async () => {
    // lead = x1 + x2 - 0.5 from (0.1, 0.9): the shortest way in l2 is (-0.25, -0.25), but x1 has 0.1 only: (-0.1, -0.4), 0.412311.
    const request = { inputs: tf.tensor2d([[0.1, 0.9]]), goal, threat: { norm: l2(), epsilon: 1 }, seed: 0 };
    const { distance } = await perturb(fab(), { ...request, model: linearModel([1, 1], -0.5) });
    expect(valuesOf(distance)[0]).toBeGreaterThan(0.4123);
    expect(valuesOf(distance)[0]).toBeLessThan(0.415);
  });

  it('starts at half the budget, in a direction of its own for every example, where it is told to', () => {
    const model = linearModel([1, 1, 1, 1], 9);
    const inputs = tf.fill([2, 4], 0.5);
    const two = tf.ones([2], 'int32') as Tensor1D;
    const problem = { model, inputs, goal: { kind: 'misclassify', labels: two } as const, noise: createNoise(0, Int32Array.from([0, 1])) };
    for (const [name, budget] of [
      ['linf', 0.2],
      ['l2', 0.2],
      ['l1', 0.2],
    ] as const) {
      const norm = norms[name]!();
      const attack = fabRun('fab', [margin()], { steps: 1, randomStart: true });
      const { points } = traceOf(attack, { ...problem, labels: two, threat: { norm, epsilon: budget } });
      const sizes = valuesOf(norm.size(tf.sub(tf.tensor2d(points[0]!, [2, 4]), inputs)));
      for (const size of sizes) expect(size).toBeCloseTo(budget / 2, 5);
      expect(points[0]!.slice(0, 4)).not.toEqual(points[0]!.slice(4));
    }
  });

  it('says what is wrong with its options', () => {
    expect(() => fab({ eta: 0.5 })).toThrow('fab: expected `eta` to be a finite number of at least 1, got 0.5.');
    expect(() => fab({ step: 1 } as object)).toThrow("fab: expected `option` to be one of 'steps', 'alphaMax'");
  });
});
