/** Every energy as an objective, beside an outside implementation in float64 (scripts/fixtures/energies.py): value and gradients. */
import { readFileSync } from 'node:fs';
import { type Adversary, createNoise, createStep, l2, linf, type Norm, type Objective } from '@groundstate/core';
import { type FixtureTensor, fixtureTensor, type NamedFixtureTensor, referenceCase, relativeError } from '@groundstate/testing';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ballEnergy, continuousPathEnergy, pathEnergy, pointEnergy, variationEnergy } from '../src/index';
import { fixedPath } from './fixed-path';

type Reference = {
  readonly offsets: readonly FixtureTensor[];
  readonly signs: FixtureTensor;
  readonly starts: readonly number[];
  readonly width: number;
  readonly delta: number;
  readonly energies: Readonly<Record<string, { readonly perExample: FixtureTensor; readonly gradients: readonly NamedFixtureTensor[] }>>;
};
const fixtures: { readonly models: Readonly<Record<'mlp' | 'convnet', Reference>> } = JSON.parse(
  readFileSync(new URL('./fixtures/energies.json', import.meta.url), 'utf8'),
);
const ids = Int32Array.from([0, 1, 2, 3, 4, 5]);

/** An objective, what takes the place of its random constants, and how near the reference it has to come. */
type Case = {
  readonly objective: Objective<never>;
  readonly constants?: () => Readonly<Record<string, Tensor>>;
  readonly tolerance: number;
};

/** 1e-4 for what is exact, 1e-3 for finite differences. */
const [exact, differences] = [1e-4, 1e-3];
/** Half their length, as a share of |x|, 0.3 of it under linf: the mlp bends sharply, and the convnet has kinks on longer ways. */
const halfLength = { mlp: 5e-4, convnet: 1e-4 };

function cases(r: Tensor, reference: Reference, relativeStep: number): Readonly<Record<string, Case>> {
  const { delta, width, starts } = reference;
  const attack = fixedPath((x: Tensor) => tf.add(x, r));
  const adversary: Adversary = { attack, threat: { norm: l2(), epsilon: 0.5 }, on: 'labelled' };
  const given = (): Norm => {
    let draw = 0;
    return { ...l2(), sample: (x) => tf.add(x, fixtureTensor(reference.offsets[draw++]!)), project: (x) => x };
  };
  const ball = { samples: 2, threat: { norm: given(), epsilon: 1 } };
  const path = (objective: unknown): Case => ({ objective: objective as Objective<never>, tolerance: exact });
  const slope = (objective: unknown): Case => ({ objective: objective as Objective<never>, tolerance: differences });
  const double = { method: 'double-backprop' } as const;
  return {
    d4: path(pathEnergy({ adversary, segments: 4 })),
    tv2: path(variationEnergy({ adversary })),
    huber2: path(pathEnergy({ adversary, form: 'huber', huberDelta: delta })),
    virtualD2: path(pathEnergy({ adversary, virtual: true })),
    virtualTv2: path(variationEnergy({ adversary, virtual: true })),
    continuous: {
      ...path(continuousPathEnergy({ adversary, width, samples: starts.length })),
      constants: () => ({ starts: tf.tensor2d(starts.map((t) => sixOf(t))) }),
    },
    point: slope(pointEnergy({ relativeStep })),
    'point by double-backprop': path(pointEnergy(double)),
    pointL1: slope(pointEnergy({ norm: linf(), relativeStep: 0.3 * relativeStep })),
    'pointL1 by double-backprop': path(pointEnergy({ norm: linf(), ...double })),
    ball: slope(ballEnergy({ ...ball, relativeStep })),
    'ball by double-backprop': path(ballEnergy({ ...ball, threat: { norm: given(), epsilon: 1 }, ...double })),
    virtualPoint: {
      ...slope(pointEnergy({ virtual: true, on: 'labelled', relativeStep })),
      constants: () => ({ 'direction-0': tf.div(fixtureTensor(reference.signs), Math.sqrt(r.size / ids.length)) }),
    },
  };
}
const sixOf = (t: number): number[] => Array.from(ids, () => t);

describe.each(['mlp', 'convnet'] as const)('of the reference %s', (name) => {
  const reference = fixtures.models[name];
  const names = tf.tidy(() => Object.keys(cases(tf.zeros([6, 1]), reference, 1)));

  it.each(names)('the energy %s has the reference value, and gradient for every parameter', (key) => {
    const { model, inputs, labels, fixture } = referenceCase(name);
    tf.tidy(() => {
      const { objective, constants, tolerance } = cases(fixtureTensor(fixture.energy.r), reference, halfLength[name])[key]!;
      const wanted = reference.energies[key.split(' ')[0]!]!;
      const labelled = { ids, inputs: inputs(), labels: labels() };
      const { context, onTape } = createStep({ model, labelled, noise: (rows) => createNoise(0, rows), progress: 0 });
      const held = { ...(objective.prepare!(context) as object), ...constants?.() } as never;
      const { value, grads } = tf.variableGrads(
        () => onTape(() => tf.addN(Object.values(objective.evaluate(context, held))) as Scalar),
        Object.values(model.weights),
      );
      const mean = wanted.perExample.data.reduce((sum, energy) => sum + energy, 0) / ids.length;
      expect(Math.abs(value.dataSync()[0]! / mean - 1)).toBeLessThan(tolerance);
      for (const { name: weight, data } of wanted.gradients) {
        const largest = Math.max(...data.map(Math.abs));
        const gradient = grads[model.weights[weight]!.name]!.dataSync();
        // The last bias hardly moves a slope: its gradient is measured by that of the other weights.
        if (largest > 1e-2 * mean) expect(relativeError(gradient, data)).toBeLessThan(tolerance);
        else for (const [i, entry] of data.entries()) expect(Math.abs(gradient[i]! - entry)).toBeLessThan(tolerance * mean);
      }
    });
    model.dispose();
  });
});
