/** The four semi-supervised defences under one protocol; two of them are made of parts of two packages, which meet only here. */
import { entropyLoss, vat, virtualAdversarialAttack } from '@groundstate/baselines';
import { cleanLoss, type Defence, type Examples, examplesFromArrays, l2, scale, sum } from '@groundstate/core';
import { pathEnergy, virtualEnergyRegularisation } from '@groundstate/energy';
import { mlp } from '@groundstate/models';
import { adam, type FitOptions, fit as train } from '@groundstate/training';
import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

const threat = { norm: l2(), epsilon: 0.3 };
const attack = virtualAdversarialAttack();

/** With what a labelled and an unlabelled example cost a step, in gradient evaluations, without batch statistics and with them. */
const defences: readonly (readonly [Defence, without: readonly [number, number], statistics: readonly [number, number]])[] = [
  // The loss; one iteration and the divergence for everybody. The entropy reads the clean pass where that is the same.
  [vat({ threat }), [3, 2], [3, 2]],
  [vat({ threat, entropy: true }), [3, 3], [4, 3]],
  // One iteration, two points and the clean one. Energies run in inference mode beside batch statistics: the clean pass is another.
  [virtualEnergyRegularisation({ threat, attack, weight: 0.5 }), [4, 4], [5, 4]],
  [
    {
      name: 'virtual-energy-d2-entmin',
      objective: sum(cleanLoss(), scale(0.5, pathEnergy({ adversary: { attack, threat, on: 'all' }, virtual: true })), entropyLoss()),
    },
    [4, 4],
    [6, 5],
  ],
];

/** Points of the plane, left and right of a line. */
function points(size: number, start: number): Examples {
  const inputs = Float32Array.from({ length: 2 * size }, (_, i) => ((start + i) * 0.377) % 1);
  return examplesFromArrays({ inputs, labels: Int32Array.from({ length: size }, (_, i) => Number(inputs[2 * i]! > 0.5)), shape: [2] });
}

async function trained(defence: Defence, batchNorm: boolean, labelled: number, unlabelled: number, options: Partial<FitOptions> = {}) {
  const model = mlp({ inputShape: [2], hidden: [4], classes: 2, seed: 1, batchNorm });
  const history = await train(model, points(labelled, 0), defence, {
    epochs: 1,
    seed: 0,
    batchSize: labelled,
    unlabelled: { examples: points(unlabelled, 50), batchSize: unlabelled },
    ...options,
  });
  const values = (variables: Readonly<Record<string, tf.Variable>>): number[] =>
    Object.values(variables).flatMap((variable) => [...variable.dataSync()]);
  const seen = {
    cost: history.gradientEvaluations.training,
    terms: history.epochs.at(-1)!.terms,
    buffers: values(model.buffers),
    weights: values(model.weights),
  };
  model.dispose();
  return seen;
}

describe.each(defences.map(([defence, ...costs]) => [defence.name, defence, costs] as const))(
  '%s',
  (_name, defence, [without, statistics]) => {
    it.each([
      ['without batch statistics', false, without],
      ['with batch statistics', true, statistics],
    ] as const)('%s costs what is said, of labelled and of unlabelled examples', async (_kind, batchNorm, [perLabelled, perUnlabelled]) => {
      expect((await trained(defence, batchNorm, 3, 2)).cost).toBe(3 * perLabelled + 2 * perUnlabelled);
      expect((await trained(defence, batchNorm, 3, 7)).cost).toBe(3 * perLabelled + 7 * perUnlabelled);
    });

    it('moves the averages of batch normalisation once a step, as the labelled examples alone do', async () => {
      const { buffers } = await trained(defence, true, 5, 7);
      const alone = await trained({ name: 'alone', objective: cleanLoss() }, true, 5, 7);
      expect(buffers).toEqual(alone.buffers);
      expect(buffers.some((value) => value !== 0 && value !== 1)).toBe(true);
    });

    it('learns from the unlabelled examples, and in epochs of any number of steps', async () => {
      const common = { epochs: 2, stepsPerEpoch: 3, batchSize: 4, optimiser: adam({ beta1: (progress) => 0.9 - 0.4 * progress }) };
      const few = await trained(defence, true, 5, 4, common);
      for (const value of [...Object.values(few.terms), ...few.weights]) expect(Number.isFinite(value)).toBe(true);
      const others = await trained(defence, true, 5, 4, { ...common, unlabelled: { examples: points(6, 90), batchSize: 4 } });
      expect(others.weights).not.toEqual(few.weights);
    });
  },
);
