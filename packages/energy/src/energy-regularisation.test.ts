import { cleanLoss, createNoise, createStep, l2, linear, linf, type Objective } from '@groundstate/core';
import { describeObjective, type SmoothModel, smoothModel } from '@groundstate/testing';
import type { NamedTensorMap, Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ballEnergy } from './ball-energy';
import { energyPath } from './energy-path';
import { energyRegularisation, virtualEnergyRegularisation } from './energy-regularisation';

const threat = { norm: linf(), epsilon: 0.1 };

// Five steps, K more points, and one clean pass that both terms share.
describeObjective(() => energyRegularisation({ threat }).objective, { cost: 5 + 2 + 1 });
describeObjective(() => virtualEnergyRegularisation({ threat }).objective, { cost: 5 + 2 + 1 });
describeObjective(() => energyRegularisation({ threat, segments: 1, attack: energyPath({ steps: 2 }) }).objective, { cost: 2 + 1 + 1 });

const ids = Int32Array.from([0, 1, 2]);
const labelled = { ids, inputs: createNoise(5, ids).uniform([6], [0.2, 0.8]), labels: tf.tensor1d([0, 1, 2], 'int32') as Tensor1D };

function gradients(objective: Objective, model: SmoothModel, progress = 0): { terms: Record<string, number>; grads: NamedTensorMap } {
  const { context, onTape } = createStep({ model, labelled, noise: (rows) => createNoise(8, rows), progress });
  const constants = objective.prepare?.(context);
  let terms: Record<string, number> = {};
  const { grads } = tf.variableGrads(
    () =>
      onTape(() => {
        const evaluated = objective.evaluate(context, constants);
        terms = Object.fromEntries(Object.entries(evaluated).map(([name, term]) => [name, term.dataSync()[0]!]));
        return tf.addN(Object.values(evaluated)) as Scalar;
      }),
    Object.values(model.weights),
  );
  return { terms, grads };
}

describe('energy regularisation', () => {
  it('of weight 0 is standard training, to the last bit', async () => {
    const model = smoothModel();
    const standard = gradients(cleanLoss(), model);
    const weightless = gradients(energyRegularisation({ threat, weight: 0 }).objective, model);
    expect(weightless.terms).toEqual({ cleanLoss: standard.terms.cleanLoss, energy: 0 });
    for (const [name, gradient] of Object.entries(standard.grads)) {
      expect(await weightless.grads[name]!.data()).toEqual(await gradient.data());
    }
    model.dispose();
  });

  it('reports the weighted energy, and follows a schedule of the weight', () => {
    const model = smoothModel();
    const whole = gradients(energyRegularisation({ threat }).objective, model).terms.energy!;
    const warm = energyRegularisation({ threat, weight: linear(0, 1, 0.5) }).objective;
    expect(whole).toBeGreaterThan(0);
    expect(gradients(warm, model, 0.25).terms.energy! / whole).toBeCloseTo(0.5, 5);
    expect(gradients(warm, model, 1).terms.energy).toBe(whole);
    model.dispose();
  });

  it('bears the number of its segments in its name, and shows its adversary', () => {
    const attack = energyPath({ steps: 2 });
    const { name, objective } = energyRegularisation({ threat, attack, segments: 4 });
    expect([name, objective.adversaries]).toEqual(['energy-d4', [{ attack, threat, on: 'labelled' }]]);
  });

  it.each([
    ['d2', {}, 'energy'],
    ['d4-huber', { segments: 4, form: 'huber' }, 'energy'],
    ['tv2', { energy: 'variation' }, 'variation'],
    ['continuous', { energy: 'continuous-path', samples: 2 }, 'continuousEnergy'],
    ['worst-d3', { energy: 'worst-path', segments: 3 }, 'worstPathEnergy'],
    ['ball', { energy: 'ball', samples: 2 }, 'ballEnergy'],
    ['point', { energy: 'point', method: 'double-backprop' }, 'pointEnergy'],
  ] as const)('offers every energy by name: %s', (label, options, term) => {
    const { name, objective } = energyRegularisation({ threat, ...options });
    expect([name, objective.terms]).toEqual([`energy-${label}`, ['cleanLoss', term]]);
    const model = smoothModel();
    expect(gradients(objective, model).terms[term]).toBeGreaterThan(0);
    model.dispose();
  });

  it("takes an objective of one's own for the energy", () => {
    const { name, objective } = energyRegularisation({ threat, energy: ballEnergy({ threat, samples: 3 }), weight: 2 });
    expect(name).toBe('energy-ball-energy-3 linf 0.1 by finite-difference');
    expect(objective.name).toBe('clean-loss + 2 ball-energy-3 linf 0.1 by finite-difference');
  });

  it('warms the path up: a fraction of the radius first, and no energy on a path of no length', () => {
    const model = smoothModel();
    const warm = energyRegularisation({ threat, warmUp: linear(0, 1, 0.5) }).objective;
    const small = energyRegularisation({ threat: { ...threat, epsilon: 0.05 } }).objective;
    expect(gradients(warm, model, 0).terms.energy).toBe(0);
    expect(gradients(warm, model, 0.25).terms).toEqual(gradients(small, model, 0.25).terms);
    model.dispose();
  });

  it('without labels is of all examples, named for it', () => {
    const { name, objective } = virtualEnergyRegularisation({ threat });
    expect([name, objective.terms]).toEqual(['virtual-energy-d2', ['cleanLoss', 'virtualEnergy']]);
    expect(objective.adversaries!.map(({ on, attack }) => [on, attack.card.name])).toEqual([['all', 'virtual-energy-path']]);
    expect(virtualEnergyRegularisation({ threat: { norm: l2(), epsilon: 1 }, energy: 'ball' }).name).toBe('virtual-energy-ball');
  });

  it('says what is wrong with its options', () => {
    expect(() => energyRegularisation({ threat, energy: 'ball', segments: 2 })).toThrow(
      "energyRegularisation: expected `segments` to be left out with the energy 'ball', got 2.",
    );
    expect(() => energyRegularisation({ threat, energy: 'pth' as never })).toThrow(
      "energyRegularisation: expected `energy` to be one of 'path', 'variation', 'continuous-path', 'worst-path', 'ball', 'point', got \"pth\".",
    );
    expect(() => energyRegularisation({ threat, energy: cleanLoss(), segments: 2 })).toThrow('It has its own options.');
    expect(() => energyRegularisation({ threat, epsilon: 1 } as never)).toThrow(
      /^energyRegularisation: expected `option` to be one of 'threat', .*, got "epsilon"\.$/,
    );
    expect(() => energyRegularisation({ threat, weight: -1 })).toThrow(
      'energyRegularisation: expected `weight` to be a finite number of at least 0, got -1.',
    );
    expect(() => energyRegularisation({} as never)).toThrow(
      'energyRegularisation: expected `threat` to be a norm and an epsilon, got undefined.',
    );
    expect(() => energyRegularisation({ threat: { norm: linf() } as never, energy: 'point' })).toThrow(
      'energyRegularisation: expected `threat.epsilon` to be a finite number of at least 0, got undefined.',
    );
    expect(() => energyRegularisation({ threat, segments: 1.5 })).toThrow('expected `segments` to be an integer of at least 1, got 1.5.');
    expect(() => virtualEnergyRegularisation({ threat, energy: 'worst-path' })).toThrow(
      'virtualEnergyRegularisation: expected `energy` to be one that has a virtual form, got "worst-path". Its ascent needs labels: take \'path\'.',
    );
    expect(() => energyRegularisation({ threat, energy: 'worst-path', attack: energyPath() })).toThrow(
      "left out with the energy 'worst-path'",
    );
  });
});
