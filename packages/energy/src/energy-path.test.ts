import { ascend, createNoise, linf, perturb } from '@groundstate/core';
import { describeAttack, unfoolableModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { discretePathEnergy, pathLosses } from './discrete-path-energy';
import { energyPath } from './energy-path';

describeAttack(() => energyPath({ steps: 8 }));

const labels = tf.ones([2], 'int32') as Tensor1D;
const epsilon = 0.1;
const problem = {
  model: unfoolableModel([4]),
  inputs: tf.fill([2, 4], 0.5),
  goal: { kind: 'misclassify', labels } as const,
  threat: { norm: linf(), epsilon },
};

describe('energyPath', () => {
  it('ends at the distance epsilon where nothing can be fooled, and the energy there is what the loss on the way says', async () => {
    const end = ascend(energyPath(), { ...problem, noise: createNoise(0, Int32Array.from([0, 1])) });
    const lengths = await problem.threat.norm.size(tf.sub(end, problem.inputs)).data();
    for (const length of lengths) expect(length).toBeCloseTo(epsilon, 6);
    // Weights (0.25, -0.125, 0.25, -0.125), bias 0.05 + 0.25: the lead is 0.425 at the middle of the box and 0.075 less at the end.
    const loss = (t: number): number => Math.log1p(Math.exp(-(0.425 - t * 0.075)));
    for (const segments of [1, 2, 4]) {
      const squares = Array.from({ length: segments }, (_, k) => (loss((k + 1) / segments) - loss(k / segments)) ** 2);
      const wanted = segments * squares.reduce((sum, square) => sum + square, 0);
      const losses = pathLosses(problem.model, { inputs: problem.inputs, end, labels, segments, mode: 'inference' });
      for (const energy of await discretePathEnergy(losses).data()) expect(Math.abs(energy / wanted - 1)).toBeLessThan(1e-4);
    }
  });

  it('shows why a verdict is no path: there the clean input comes back', async () => {
    const { adversarial } = await perturb(energyPath(), { ...problem, seed: 0 });
    expect(await adversarial.data()).toEqual(await problem.inputs.data());
  });

  it('says what is wrong with its steps', () => {
    expect(() => energyPath({ steps: 0 })).toThrow('energyPath: expected `steps` to be an integer of at least 1, got 0.');
    expect(() => energyPath({ stepz: 3 } as object)).toThrow('energyPath: expected `option` to be one of \'steps\', got "stepz".');
  });
});
