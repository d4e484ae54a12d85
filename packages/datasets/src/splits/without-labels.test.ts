import '@tensorflow/tfjs-backend-cpu';
import { ascent, defineAttack, examplesFromArrays, linf, perturb, subset } from '@groundstate/core';
import { linearModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { noLabel, withoutLabels } from './without-labels';

const examples = examplesFromArrays({ inputs: Float32Array.of(0.1, 0.2, 0.3, 0.4), labels: [1, 0, 1, 0], shape: [1] });

describe('withoutLabels', () => {
  it('has the same inputs by the same ids and no label, also in a subset, and leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const some = subset(withoutLabels(subset(examples, Int32Array.of(3, 2, 0))), Int32Array.of(0, 2));
    const { ids, inputs, labels } = await some.read(Int32Array.of(1, 0));
    expect([...ids]).toEqual([0, 3]);
    expect([...inputs.dataSync()]).toEqual([...Float32Array.of(0.1, 0.4)]);
    expect([labels.dtype, ...labels.dataSync()]).toEqual(['int32', noLabel, noLabel]);
    expect([...some.labels]).toEqual([noLabel, noLabel]);
    tf.dispose([inputs, labels]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is refused as the goal of an attack', async () => {
    const { inputs, labels } = await withoutLabels(examples).read(Int32Array.of(0, 1));
    const card = { name: 'climb', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
    const attack = defineAttack({ card, ...ascent({ steps: 1, relativeStep: 1, randomStart: false }, 'climb') });
    const goal = { kind: 'misclassify', labels } as const;
    const verdict = perturb(attack, { model: linearModel([1], -0.5), inputs, goal, threat: { norm: linf(), epsilon: 0.1 }, seed: 1 });
    await expect(verdict).rejects.toThrow('expected `goal.labels` to be classes 0 .. 1, got [-1, -1].');
    tf.dispose([inputs, labels]);
  });
});
