import { type Adversary, createNoise, createStep, linf, type Mode, type StepContext, type TrainableModel } from '@groundstate/core';
import { describeObjective, linearModel, smoothModel } from '@groundstate/testing';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fixedPath } from '../tests/fixed-path';
import { discretePathEnergy, pathLosses } from './discrete-path-energy';
import { energyPath } from './energy-path';
import { pathEnergy } from './path-energy';

const threat = { norm: linf(), epsilon: 0.1 };
const adversary: Adversary = { attack: energyPath(), threat, on: 'labelled' };

// The steps of the attack, K more points, and the clean one.
describeObjective(() => pathEnergy({ adversary }), { cost: 5 + 2 + 1 });
describeObjective(() => pathEnergy({ adversary: { ...adversary, attack: energyPath({ steps: 3 }) }, segments: 4 }), { cost: 3 + 4 + 1 });
describeObjective(() => pathEnergy({ adversary, segments: 1 }), { cost: 5 + 1 + 1 });

const ids = Int32Array.from([0, 1, 2]);
const labelled = (inputs: Tensor) => ({ ids, inputs, labels: tf.ones([3], 'int32') as Tensor1D });
const stepOn = (model: StepContext['model'], inputs: Tensor) =>
  createStep({ model, labelled: labelled(inputs), noise: (rows) => createNoise(8, rows), progress: 0 });

describe('path energy', () => {
  it('measures the path that the box leaves, not the one that the budget would allow', async () => {
    // The lead falls where x_0 rises; 0.2 of budget, but the border is 0.0625 away: the lead goes from 0.5 to 0.25.
    const model = linearModel([-4, 0], 4.25);
    const { context, onTape } = stepOn(model, tf.fill([3, 2], 0.9375));
    const objective = pathEnergy({ adversary: { ...adversary, threat: { norm: linf(), epsilon: 0.2 } } });
    const constants = objective.prepare!(context);
    const { energy } = onTape(() => objective.evaluate(context, constants));
    const loss = (lead: number): number => Math.log1p(Math.exp(-lead));
    const wanted = 2 * ((loss(0.375) - loss(0.5)) ** 2 + (loss(0.25) - loss(0.375)) ** 2);
    expect(Math.abs((await energy!.data())[0]! / wanted - 1)).toBeLessThan(1e-4);
  });

  it('sends no gradient through the attack: a fixed path with the same end has the same gradient, bit for bit', async () => {
    const model = smoothModel();
    const inputs = createNoise(5, ids).uniform([6], [0.2, 0.8]);
    const gradients = (attack: Adversary['attack']) => {
      const { context, onTape } = stepOn(model, inputs);
      const objective = pathEnergy({ adversary: { ...adversary, attack } });
      const constants = objective.prepare!(context);
      const evaluate = () => onTape(() => objective.evaluate(context, constants).energy as Scalar);
      return { end: constants.end, ...tf.variableGrads(evaluate, Object.values(model.weights)) };
    };
    const attacked = gradients(energyPath());
    const fixed = gradients(fixedPath(() => tf.clone(attacked.end)));
    for (const [name, gradient] of Object.entries(attacked.grads)) {
      expect(await gradient.data()).toEqual(await fixed.grads[name]!.data());
      expect(Math.max(...(await tf.abs(gradient).data()))).toBeGreaterThan(0);
    }
    model.dispose();
  });

  it('refuses to attack on the tape', () => {
    const { context, onTape } = stepOn(smoothModel(), tf.fill([3, 6], 0.5));
    expect(() => onTape(() => pathEnergy({ adversary }).prepare!(context))).toThrow('An attack must not run on the tape.');
  });

  it('takes every point in inference mode where the model has batch statistics, and shares none with the clean pass', async () => {
    const model = smoothModel();
    const asked: Mode[] = [];
    const normalised: TrainableModel = {
      ...model,
      buffers: { mean: tf.variable(tf.zeros([6])) },
      logits: (inputs, { mode = 'inference' } = {}) => {
        asked.push(...new Array<Mode>(inputs.shape[0]!).fill(mode));
        return model.logits(mode === 'inference' ? inputs : tf.sub(inputs, tf.mean(inputs, 0)));
      },
    };
    const inputs = createNoise(5, ids).uniform([6], [0.2, 0.8]);
    const { context, onTape, meter } = stepOn(normalised, inputs);
    const objective = pathEnergy({ adversary });
    const constants = objective.prepare!(context);
    const { end } = constants;
    const { energy } = onTape(() => {
      context.model.logits(inputs, { mode: 'training' });
      return objective.evaluate(context, constants);
    });
    expect(asked.filter((mode) => mode === 'inference').length).toBe((5 + 3) * ids.length);
    expect(asked.filter((mode) => mode === 'training').length).toBe(ids.length);
    expect(meter.backwards).toBe((5 + 3 + 1) * ids.length);
    const losses = pathLosses(model, { inputs, end, labels: labelled(inputs).labels, segments: 2, mode: 'inference' });
    expect((await energy!.data())[0]).toBeCloseTo((await tf.mean(discretePathEnergy(losses)).data())[0]!, 6);
    model.dispose();
  });

  it('says what is wrong with its options', () => {
    expect(() => pathEnergy({ adversary, segment: 2 } as never)).toThrow(
      "pathEnergy: expected `option` to be one of 'adversary', 'segments', 'virtual', 'form', 'huberDelta', got \"segment\".",
    );
    expect(() => pathEnergy({ adversary, segments: 0 })).toThrow('pathEnergy: expected `segments` to be an integer of at least 1, got 0.');
    expect(() => pathEnergy({ adversary: { ...adversary, on: 'all' } })).toThrow(
      'pathEnergy: expected `adversary.on` to be \'labelled\', got "all". D_K needs the labels.',
    );
  });
});
