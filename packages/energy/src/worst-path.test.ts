import { ascend, createNoise, l2, linf, type Norm, perturb, type StepAttack } from '@groundstate/core';
import { describeAttack, describeObjective, finiteDifferences, smoothModel, waveModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { discretePathEnergy, pathLosses } from './discrete-path-energy';
import { energyPath } from './energy-path';
import { worstPath } from './worst-path';
import { worstPathEnergy } from './worst-path-energy';

// The start takes two forward passes beside the clean one.
describeAttack(() => worstPath({ steps: 8 }), { passesPerStep: 3, seeksErrors: false });

const threat = { norm: l2(), epsilon: 0.3 };
// Five steps of two points, two points of the energy, one clean pass.
describeObjective(() => worstPathEnergy({ threat }), { cost: 5 * 2 + 2 + 1 });
describeObjective(() => worstPathEnergy({ threat, steps: 2, segments: 3, form: 'huber', huberDelta: 0.2 }), { cost: 2 * 3 + 3 + 1 });

const ids = Int32Array.from({ length: 12 }, (_, i) => i);
const labels = (): Tensor1D =>
  tf.tensor1d(
    Int32Array.from(ids, (id) => id % 3),
    'int32',
  );

describe('worstPath', () => {
  it('takes the loss at the clean input from the pass that the driver has made', async () => {
    const { model, inputs } = { model: smoothModel(), inputs: createNoise(2, ids).uniform([6], [0.4, 0.6]) };
    const predicted = tf.tidy(() => tf.argMax(model.logits(inputs), 1)) as Tensor1D;
    // A budget of nothing: nobody is fooled, and every example goes the whole way.
    const request = {
      model,
      inputs,
      goal: { kind: 'misclassify' as const, labels: predicted },
      threat: { norm: l2(), epsilon: 0 },
      seed: 0,
    };
    const verdict = await perturb(worstPath({ steps: 3 }), request);
    // The clean pass, two ends to start from, two points a step, the last iterate.
    expect([...verdict.forwards]).toEqual(new Array(ids.length).fill(1 + 2 + 3 * 2 + 1));
    tf.dispose([inputs, predicted, verdict.adversarial, verdict.success, verdict.distance, verdict.logits]);
    model.dispose();
  });

  it.each([1, 2, 4])('steps along the gradient of D_%i as finite differences see it', async (segments) => {
    const model = smoothModel({ scale: 2 });
    const one = Int32Array.of(3);
    const [inputs, noise, label] = [
      createNoise(2, one).uniform([6], [0.4, 0.6]),
      createNoise(4, one),
      tf.tensor1d([1], 'int32') as Tensor1D,
    ];
    const attack = worstPath({ steps: 1, segments });
    const end = ascend(attack, {
      model,
      inputs,
      goal: { kind: 'misclassify', labels: label },
      threat: { norm: direction, epsilon: 0.2 },
      noise,
    });
    // With a norm that neither samples nor projects, the step is 2.5 epsilon along the direction, from 0.1 to either side.
    const lossAt = (shift: number): number =>
      pathLosses(model, { inputs, end: tf.add(inputs, shift), labels: label, segments: 1, mode: 'inference' })[1]!.dataSync()[0]!;
    const start = tf.add(inputs, lossAt(0.1) > lossAt(-0.1) ? 0.1 : -0.1);
    const slope = await finiteDifferences(
      (z) => tf.sum(discretePathEnergy(pathLosses(model, { inputs, end: z, labels: label, segments, mode: 'inference' }))),
      start,
      2e-3,
    );
    const length = Math.hypot(...slope);
    const moved = tf.div(tf.sub(end, start), 0.5).dataSync();
    for (const [i, value] of moved.entries()) expect(Math.abs(value - slope[i]! / length)).toBeLessThan(5e-3);
    model.dispose();
  });

  it('finds paths of more energy than the ascent of the loss does', () => {
    tf.tidy(() => {
      let [worst, plain] = [0, 0];
      for (let seed = 0; seed < 5; seed++) {
        const model = smoothModel({ scale: 3, seed });
        const inputs = createNoise(2, ids).uniform([6], [0.3, 0.7]);
        const energy = (attack: StepAttack): number => {
          const end = ascend(attack, {
            model,
            inputs,
            goal: { kind: 'misclassify', labels: labels() },
            threat,
            noise: createNoise(seed, ids),
          });
          const losses = pathLosses(model, { inputs, end, labels: labels(), segments: 2, mode: 'inference' });
          return tf.mean(discretePathEnergy(losses)).dataSync()[0]!;
        };
        worst += energy(worstPath({ steps: 10 }));
        plain += energy(energyPath({ steps: 10 }));
        model.dispose();
      }
      expect(worst).toBeGreaterThan(plain);
    });
  });

  it('ends where the loss has come back, which an ascent of the loss has no reason to', () => {
    // Lead cos(4 pi x), label 1, from a crest at 0: the loss is highest at 1/4, and D_2 on the way to 1/2.
    tf.tidy(() => {
      const many = Int32Array.from({ length: 40 }, (_, i) => i);
      const end = (attack: StepAttack): number[] =>
        Array.from(
          ascend(attack, {
            model: waveModel(1, 2, 0),
            inputs: tf.zeros([40, 1]),
            goal: { kind: 'misclassify', labels: tf.ones([40], 'int32') },
            threat: { norm: linf(), epsilon: 0.6 },
            noise: createNoise(1, many),
          }).dataSync(),
        );
      const [found, plain] = [end(worstPath({ steps: 60 })), end(energyPath({ steps: 60 }))];
      const near = (values: number[], place: number): number => values.filter((x) => Math.abs(x - place) < 0.06).length;
      expect(near(found, 0.5)).toBeGreaterThan(10);
      expect(near(plain, 0.5)).toBeLessThan(5);
    });
  });

  it('says what is wrong with its options', () => {
    expect(() => worstPath({ segments: 0 })).toThrow('worstPath: expected `segments` to be an integer of at least 1, got 0.');
    expect(() => worstPathEnergy({} as never)).toThrow('worstPathEnergy: expected `threat` to be a norm and an epsilon, got undefined.');
  });
});

/** Euclidean directions without ball or box; every start is 0.1 to the right of the inputs, or to the left. */
const direction: Norm = {
  ...l2(),
  sample: (center: Tensor) => tf.add(center, 0.1),
  project: (candidate: Tensor) => candidate,
};
