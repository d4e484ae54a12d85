import '@tensorflow/tfjs-backend-wasm';
import { createStep, linf, type Objective } from '@groundstate/core';
import { type FixtureTensor, fixtureTensor, type NamedFixtureTensor, referenceCase, relativeError } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awp,
  chordError,
  curvaturePenalty,
  type GradientMethod,
  gradientPenalty,
  jacobianPenalty,
  linearityLoss,
  misalignment,
  standard,
} from '../src/index';
import { fixedAttack } from './fixed-attack';
import { fixedStreams } from './fixed-streams';
import penalties from './fixtures/penalties.json' with { type: 'json' };
import { takeStep } from './take-step';

/** Beside an outside implementation in float64, which differentiates its gradients again: scripts/fixtures/penalties.py. */
type Expected = { readonly value: number; readonly gradients: readonly NamedFixtureTensor[] };
type Section = Readonly<Record<'v' | 'u' | 'a' | 'b' | 'share' | 'r', FixtureTensor>> & Readonly<Record<string, unknown>>;

const { eps: epsilon, h, gamma } = penalties;
const threat = { norm: linf(), epsilon };

const objectivesOf = (section: Section, method: GradientMethod): Readonly<Record<string, () => Objective>> => {
  const attack = fixedAttack((x) => tf.add(x, fixtureTensor(section.r)));
  const adversary = { attack, threat, on: 'labelled' } as const;
  return {
    gradientPenalty: () => gradientPenalty({ method }),
    jacobianPenalty: () => jacobianPenalty({ method }),
    misalignment: () => misalignment({ epsilon }),
    curvature: () => curvaturePenalty({ h, method }),
    chordError: () => chordError({ threat }),
    linearityGap: () => linearityLoss({ adversary, gapWeight: 1, slopeWeight: 0, method }),
    linearSlope: () => linearityLoss({ adversary, gapWeight: 0, slopeWeight: 1, method }),
  };
};

// The wasm backend as it comes lacks the gradient of a filter, which training a convolution needs.
describe.each([
  ['mlp', 'cpu'],
  ['convnet', 'cpu'],
  ['mlp', 'wasm'],
] as const)('of the %s on the %s backend', (name, backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  const section: Section = penalties.models[name];
  const noise = fixedStreams(
    {
      'jacobian/0': () => fixtureTensor(section.v),
      'grad-align': () => fixtureTensor(section.u),
      'elle/from': () => tf.div(fixtureTensor(section.a), epsilon),
      'elle/to': () => tf.div(fixtureTensor(section.b), epsilon),
      'elle/share': () => fixtureTensor(section.share),
    },
    6,
  );

  it.each(Object.keys(objectivesOf(section, 'double-backprop')))('%s has the reference value and gradient, for every parameter', (key) => {
    const { model, inputs, labels } = referenceCase(name);
    tf.tidy(() => {
      const objective = objectivesOf(section, 'double-backprop')[key]!();
      const { terms, gradients } = takeStep(objective, { model, inputs: inputs(), labels: labels(), noise });
      const wanted = section[key] as Expected;
      // Differences of losses lose digits: that of a chord is the smallest, 1e-2 of the losses that it is made of.
      const tolerance = key === 'chordError' ? 1e-3 : 1e-4;
      expect(Math.abs(terms[key]! / wanted.value - 1)).toBeLessThan(tolerance);
      for (const { name: weight, data } of wanted.gradients) expect(relativeError(gradients[weight]!, data)).toBeLessThan(tolerance);
    });
    model.dispose();
  });

  it('adversarial weight perturbation takes the reference gradient at the reference weights, and puts its own back', () => {
    const { model, inputs, labels } = referenceCase(name);
    tf.tidy(() => {
      const before = Object.values(model.weights).map((weight) => Array.from(weight.dataSync()));
      const { objective } = standard();
      const step = createStep({ model, labelled: { ids: noise.ids, inputs: inputs(), labels: labels() }, noise: () => noise, progress: 0 });
      const terms = () => step.onTape(() => objective.evaluate(step.context, undefined));
      const taken = awp({ gamma }).gradients(model, terms, step.context, {});
      const wanted = section.awp as Expected;
      expect(taken.terms.cleanLoss!.dataSync()[0]! / wanted.value).toBeCloseTo(1, 4);
      for (const { name: weight, data } of wanted.gradients) {
        expect(relativeError(taken.gradients[weight]!.dataSync(), data)).toBeLessThan(1e-4);
      }
      expect(Object.values(model.weights).map((weight) => Array.from(weight.dataSync()))).toEqual(before);
      expect(step.meter.backwards).toBe(2 * 6);
    });
    model.dispose();
  });
});
