import { ascend, createNoise, type Goal, klOf, l2, linf, perturb } from '@groundstate/core';
import { describeAttack, smoothModel, unfoolableModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { discretePathEnergy, pathLosses } from './discrete-path-energy';
import { energyPath } from './energy-path';

describeAttack(() => energyPath({ steps: 8 }));
// It leaves the prediction, right or wrong, also for a more certain one.
describeAttack(() => energyPath({ steps: 8, virtual: true }), { seeksErrors: false });

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

  it('ascends the divergence from the prediction where it is virtual, without a look at the labels', () => {
    tf.tidy(() => {
      const model = smoothModel({ scale: 2 });
      const ids = Int32Array.from({ length: 20 }, (_, i) => i);
      const inputs = createNoise(2, ids).uniform([6], [0.3, 0.7]);
      const noise = createNoise(3, ids);
      const end = (steps: number, goal: Goal): Tensor =>
        ascend(energyPath({ steps, virtual: true }), { model, inputs, threat: { norm: l2(), epsilon: 0.2 }, noise, goal });
      const divergence = (x: Tensor): Float32Array => klOf(model.logits(inputs), model.logits(x)).dataSync() as Float32Array;
      const found = end(10, { kind: 'change' });
      const start = l2().sample(inputs, 0.2, noise.stream('start'));
      const [before, after] = [divergence(start), divergence(found)];
      for (const [row, value] of after.entries()) expect(value).toBeGreaterThan(before[row]!);
      const labelled = end(10, { kind: 'misclassify', labels: tf.zeros([20], 'int32') });
      expect(labelled.dataSync()).toEqual(found.dataSync());
      model.dispose();
    });
  });

  it('says what is wrong with its steps', () => {
    expect(() => energyPath({ steps: 0 })).toThrow('energyPath: expected `steps` to be an integer of at least 1, got 0.');
    expect(() => energyPath({ stepz: 3 } as object)).toThrow(
      "energyPath: expected `option` to be one of 'steps', 'virtual', got \"stepz\".",
    );
  });
});
