import { createNoise, l1, perturb } from '@groundstate/core';
import { fixedNoise, fixtureTensor, linearModel, referenceCase } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import fixture from '../tests/fixtures/apgd-sparse.json' with { type: 'json' };
import { deviation, traceOf, valuesOf } from '../tests/trace';
import { apgdCe } from './apgd-ce';
import { stages } from './apgd-sparse';

const everywhere = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const;
const labels = tf.ones([1], 'int32') as Tensor1D;
const goal = { kind: 'misclassify', labels } as const;

describe('apgd under l1', () => {
  it.each(fixture.cases.map((traced) => ({ traced, title: `${traced.model}, ${traced.shrinking ? 'shrinking balls' : 'one ball'}` })))(
    'takes the path of the authors: $title',
    ({ traced }) => {
      const { model, inputs, labels: y } = referenceCase(traced.model as 'mlp' | 'convnet');
      const problem = {
        model,
        inputs: inputs(),
        goal: { kind: 'misclassify', labels: y() } as const,
        threat: { norm: l1(), epsilon: traced.epsilon },
        noise: fixedNoise(fixtureTensor(traced.start)),
      };
      const attack = apgdCe({ steps: traced.steps, shrinkingRadius: traced.shrinking });
      const { losses, rows } = traceOf(attack, { ...problem, labels: problem.goal.labels });
      expect(deviation(losses, traced.losses)).toBeLessThan(1e-4);
      expect(deviation([rows.at(-1)!.best!], traced.best)).toBeLessThan(2e-5);
      expect(deviation([rows.at(-1)!.bestLoss!], traced.bestLoss)).toBeLessThan(1e-4);
      model.dispose();
    },
  );

  it('goes through balls of three, two and one times the radius in 30, 30 and 40 of 100 steps', () => {
    expect(stages(100, true)).toEqual([
      { from: 0, steps: 30, factor: 3 },
      { from: 30, steps: 30, factor: 2 },
      { from: 60, steps: 40, factor: 1 },
    ]);
    expect(stages(100, false)).toEqual([{ from: 0, steps: 100, factor: 1 }]);
    expect(stages(2, true)).toEqual([{ from: 0, steps: 2, factor: 1 }]);
    for (let steps = 1; steps <= 20; steps++) {
      expect(stages(steps, true).reduce((sum, stage) => sum + stage.steps, 0)).toBe(steps);
      expect(stages(steps, true).at(-1)!.factor).toBe(1);
    }
  });

  it('puts the whole budget on the steepest coordinate of a linear model: the lead falls by epsilon max |w|', () => {
    // lead(x) = 2 x1 - x2 + x3 / 2 - x4 / 4 = 0.625 at 0.5; the lowest in an l1 ball of 0.3 is 0.625 - 0.3 * 2 = 0.025.
    const model = linearModel([2, -1, 0.5, -0.25], 0, [4], [...everywhere]);
    const problem = { model, inputs: tf.fill([1, 4], 0.5), goal, threat: { norm: l1(), epsilon: 0.3 } };
    const noise = createNoise(2, Int32Array.from([0]));
    const { best } = traceOf(apgdCe({ steps: 100 }), { ...problem, noise, labels }).rows.at(-1)!;
    const lead = [2, -1, 0.5, -0.25].reduce((sum, weight, i) => sum + weight * best![i]!, 0);
    expect(lead).toBeGreaterThan(0.025 - 1e-5);
    expect(lead).toBeLessThan(0.035);
  });

  it('fools what only the joint projection onto ball and box reaches', async () => {
    // From (0.9, 0.5) the first coordinate can fall by 0.9, the second take the rest of a budget of 1.2: lead -0.1 at best.
    const model = linearModel([1, 0.5], -0.25 - 0.1 + 0.2, [2]);
    const threat = { norm: l1(), epsilon: 1.2 };
    const { success, adversarial } = await perturb(apgdCe(), { model, inputs: tf.tensor2d([[0.9, 0.5]]), goal, threat, seed: 0 });
    expect([...valuesOf(success)]).toEqual([1]);
    const [first, second] = valuesOf(adversarial);
    expect(first! + 0.5 * second!).toBeLessThan(0.15);
  });
});
