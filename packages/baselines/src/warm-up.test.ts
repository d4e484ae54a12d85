import { readdirSync, readFileSync } from 'node:fs';
import { ascent, createNoise, type Defence, defineAttack, l2, linear, linf, type StepAttack, type ThreatModel } from '@groundstate/core';
import { relativeError, smoothModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Taken, takeStep } from '../tests/take-step';
import {
  adversarialTraining,
  alp,
  elle,
  fastAdversarialTraining,
  fgsmAdversarialTraining,
  gradAlign,
  localLinearity,
  mart,
  nFgsm,
  oneStepAdversarialTraining,
  trades,
  vat,
  type WarmUpOptions,
} from './index';

const climb = (): StepAttack => {
  const card = { name: 'climb', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
  return defineAttack({ card, ...ascent({ steps: 3, randomStart: true }) });
};
const within = (epsilon: number): ThreatModel => ({ norm: linf(), epsilon });

/** By the file that makes them. Lengths in input units are given as shares of epsilon, weights so that every term counts. */
const defences: Readonly<Record<string, (epsilon: number, grown: WarmUpOptions) => Defence>> = {
  'adversarial-training': (epsilon, grown) => adversarialTraining({ attack: climb(), threat: within(epsilon), ...grown }),
  alp: (epsilon, grown) => alp({ attack: climb(), threat: within(epsilon), cleanShare: 0.5, weight: 20, ...grown }),
  elle: (epsilon, grown) => elle({ threat: within(epsilon), weight: 1e5, ...grown }),
  'fast-at': (epsilon, grown) => fastAdversarialTraining({ threat: within(epsilon), ...grown }),
  'fgsm-at': (epsilon, grown) => fgsmAdversarialTraining({ threat: within(epsilon), ...grown }),
  'grad-align': (epsilon, grown) => gradAlign({ epsilon, weight: 100, ...grown }),
  llr: (epsilon, grown) => localLinearity({ threat: within(epsilon), ...grown }),
  mart: (epsilon, grown) => mart({ attack: climb(), threat: within(epsilon), ...grown }),
  'n-fgsm': (epsilon, grown) => nFgsm({ threat: within(epsilon), ...grown }),
  'one-step-at': (epsilon, grown) => oneStepAdversarialTraining({ threat: within(epsilon), randomStart: true, ...grown }),
  trades: (epsilon, grown) => trades({ threat: within(epsilon), ...grown }),
  vat: (epsilon, grown) => vat({ threat: { norm: l2(), epsilon }, entropy: true, ...grown }),
};

function taken({ objective }: Defence, progress: number): Taken {
  const model = smoothModel({ scale: 2 });
  const step = tf.tidy(() => {
    const inputs = createNoise(4, Int32Array.of(0, 1, 2, 3)).uniform([6]);
    return takeStep(objective, { model, inputs, labels: tf.tensor1d([0, 1, 2, 0], 'int32') as Tensor1D, progress });
  });
  model.dispose();
  return step;
}

function difference(one: Taken, other: Taken): number {
  const terms = Object.entries(one.terms).map(([name, value]) => Math.abs(value - other.terms[name]!));
  const gradients = Object.entries(one.gradients).map(([name, gradient]) => relativeError(gradient, other.gradients[name]!));
  return Math.max(...terms, ...gradients);
}

describe.each(Object.entries(defences))('%s', (_name, build) => {
  const epsilon = 0.2;

  it('is at any time the defence whose ball has the share of epsilon that the warm-up gives', () => {
    const grown = build(epsilon, { warmUp: linear(0, 1, 0.5) });
    for (const progress of [0, 0.25]) {
      expect(difference(taken(grown, progress), taken(build(epsilon * (progress / 0.5), {}), progress))).toBeLessThan(1e-5);
    }
    expect(taken(grown, 0.5)).toEqual(taken(build(epsilon, {}), 0.5));
    // Far from each other, so that agreement means something.
    expect(difference(taken(grown, 0.25), taken(grown, 0.5))).toBeGreaterThan(1e-2);
  });

  it('has finite terms and gradients where the ball is a point', () => {
    const { terms, gradients } = taken(build(epsilon, { warmUp: linear(0, 1) }), 0);
    const values = [...Object.values(terms), ...Object.values(gradients).flatMap((gradient) => [...gradient])];
    expect(values.filter((value) => !Number.isFinite(value))).toEqual([]);
  });

  it('tells whom it trains against, share included', () => {
    const warmUp = linear(0, 1, 0.5);
    const adversaries = build(epsilon, { warmUp }).objective.adversaries!;
    expect(adversaries.map((adversary) => [adversary.threat.epsilon, adversary.warmUp])).toEqual(adversaries.map(() => [epsilon, warmUp]));
    expect(adversaries.length).toBeGreaterThan(0);
  });

  it('refuses a warm-up that is no schedule', () => {
    expect(() => build(epsilon, { warmUp: 0.2 as never })).toThrow(
      /: expected `warmUp` to be a schedule such as linear\(0, 1, 0\.2\), got 0\.2\.$/,
    );
  });
});

it('trades shrinks a step that is given in input units with the ball', () => {
  const step = (epsilon: number, size: number, grown: WarmUpOptions): Taken =>
    taken(trades({ threat: within(epsilon), steps: 4, step: size, ...grown }), 0.25);
  expect(difference(step(0.2, 0.05, { warmUp: () => 0.5 }), step(0.1, 0.025, {}))).toBeLessThan(1e-5);
  expect(difference(step(0.2, 0.05, { warmUp: () => 0.5 }), step(0.1, 0.05, {}))).toBeGreaterThan(1e-4);
});

it('none is missing here that makes an adversary', () => {
  const sources = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const making = sources.filter((file) => /checkKeys\([^)]*'warmUp'\]|on: '(labelled|all)',/.test(code(file)));
  expect(making.map((file) => file.slice(0, -3)).sort()).toEqual(Object.keys(defences).sort());
});

/** Without its comments, whose examples make adversaries too. */
function code(file: string): string {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
}
