import '@tensorflow/tfjs-backend-wasm';
import { ascend, type Defence, l2, linf, type Noise, type StepAttack, type ThreatModel } from '@groundstate/core';
import { type FixtureTensor, fixedNoise, fixtureTensor, type NamedFixtureTensor, referenceCase, relativeError } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alp, fgsmAdversarialTraining, gaussianAugmentation, mart, oneStepAdversarialTraining, trades, vat } from '../src/index';
import { fixedAttack } from './fixed-attack';
import baselines from './fixtures/baselines.json' with { type: 'json' };
import { takeStep } from './take-step';

/** Whole defences, their own ascents included, beside an outside implementation in float64: scripts/fixtures/baselines.py. */
type Expected = { readonly terms: Readonly<Record<string, number>>; readonly gradients: readonly NamedFixtureTensor[] };
type Budget = { readonly epsilon: number; readonly steps: number; readonly step: number };
type Ascents = {
  readonly trades: Readonly<Record<'linf' | 'l2', Budget & { readonly noise: FixtureTensor; readonly end: FixtureTensor }>>;
  readonly oneStep: Readonly<Record<'linf' | 'l2', { readonly epsilon: number; readonly end: FixtureTensor }>>;
  readonly vat: { readonly epsilon: number; readonly xi: number; readonly noise: FixtureTensor; readonly end: FixtureTensor };
};
type Section = {
  readonly adversarial: FixtureTensor;
  readonly noise: FixtureTensor;
  readonly objectives: Readonly<Record<string, Expected>>;
  readonly ascents: Ascents;
};

const { beta, pairing, cleanShare, sigma } = baselines.settings;
const norms = { linf: linf(), l2: l2() };

/** The defence of each entry of the fixture, and the noise it draws. */
function defenceOf(key: string, { adversarial, noise, ascents }: Section): readonly [Defence, FixtureTensor?] {
  const attack = fixedAttack(() => fixtureTensor(adversarial));
  const threat = { norm: linf(), epsilon: 0.1 };
  const { epsilon, steps, step, noise: start } = ascents.trades.linf;
  const table: Readonly<Record<string, () => readonly [Defence, FixtureTensor?]>> = {
    oneStep: () => [oneStepAdversarialTraining({ threat: { norm: l2(), epsilon: ascents.oneStep.l2.epsilon } })],
    trades: () => [trades({ threat: { norm: linf(), epsilon }, beta, steps, step }), start],
    vat: () => {
      const { noise: drawn, xi, epsilon: length } = ascents.vat;
      return [vat({ threat: { norm: l2(), epsilon: length }, xi, entropy: true }), drawn];
    },
    gaussian: () => [gaussianAugmentation({ sigma }), noise],
    fgsm: () => [fgsmAdversarialTraining({ epsilon: ascents.oneStep.linf.epsilon, cleanShare })],
    mart: () => [mart({ attack, threat, beta })],
    alp: () => [alp({ attack, threat, weight: pairing })],
  };
  return table[key]!();
}

const keys = Object.keys(baselines.models.mlp.objectives);

describe.each(['cpu', 'wasm'])('on the %s backend', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  // The wasm backend as it comes lacks the gradient of a filter, which training a convolution needs.
  describe.each(backend === 'cpu' ? (['mlp', 'convnet'] as const) : (['mlp'] as const))('of the %s', (name) => {
    const section: Section = baselines.models[name];

    it.each(keys)('%s has the reference values and gradients, for every parameter', (key) => {
      const { model, inputs, labels } = referenceCase(name);
      tf.tidy(() => {
        const [{ objective }, draws] = defenceOf(key, section);
        const noise = draws ? { noise: fixedNoise(fixtureTensor(draws)) } : {};
        const { terms, gradients } = takeStep(objective, { model, inputs: inputs(), labels: labels(), ...noise });
        const wanted = section.objectives[key]!;
        expect(Object.keys(terms)).toEqual(Object.keys(wanted.terms));
        for (const [term, value] of Object.entries(wanted.terms)) expect(Math.abs(terms[term]! / value - 1)).toBeLessThan(1e-4);
        for (const { name: weight, data } of wanted.gradients) expect(relativeError(gradients[weight]!, data)).toBeLessThan(1e-4);
      });
      model.dispose();
    });

    it('the ascents of the methods end where the reference ones end', () => {
      const { model, inputs, labels } = referenceCase(name);
      const { ascents } = section;
      const expectEnd = (defence: Defence, draws: FixtureTensor | undefined, end: FixtureTensor): void => {
        tf.tidy(() => {
          const { attack, threat }: { attack: StepAttack; threat: ThreatModel } = defence.objective.adversaries![0]!;
          const noise: Noise = fixedNoise(draws ? fixtureTensor(draws) : inputs());
          const found = ascend(attack, { model, inputs: inputs(), goal: { kind: 'misclassify', labels: labels() }, threat, noise });
          const [values, wanted, clean] = [found.dataSync(), end.data, inputs().dataSync()];
          const moved = (point: ArrayLike<number>): number[] => Array.from(point, (value, i) => value - clean[i]!);
          expect(relativeError(moved(values), moved(wanted))).toBeLessThan(2e-4);
        });
      };
      for (const norm of ['linf', 'l2'] as const) {
        const { epsilon, steps, step, noise, end } = ascents.trades[norm];
        expectEnd(trades({ threat: { norm: norms[norm], epsilon }, steps, step }), noise, end);
        const one = ascents.oneStep[norm];
        expectEnd(oneStepAdversarialTraining({ threat: { norm: norms[norm], epsilon: one.epsilon } }), undefined, one.end);
      }
      const { epsilon, xi, noise, end } = ascents.vat;
      expectEnd(vat({ threat: { norm: l2(), epsilon }, xi }), noise, end);
      model.dispose();
    });
  });
});
