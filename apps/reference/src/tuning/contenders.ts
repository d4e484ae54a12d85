/**
 * Who takes part in a tuned comparison, and what may be tuned about each. Every contender gets the learning rate, and, as
 * far as it has them, the size of the ball it trains in and the weight of its second term; nobody gets a knob of his own
 * that the others of his kind lack.
 */
import { pgd } from '@groundstate/attacks';
import { adversarialTraining, oneStepAdversarialTraining, standard, trades, vat } from '@groundstate/baselines';
import type { Defence, ThreatModel } from '@groundstate/core';
import { energyRegularisation } from '@groundstate/energy';

/** Positive and drawn evenly on a logarithmic scale; `usual` is what the paper, or we, would take untuned. */
export type Range = { readonly low: number; readonly high: number; readonly usual: number };
export type Settings = { readonly [name: string]: number };

export interface Contender {
  readonly name: string;
  readonly about: string;
  /** `learningRate` and `epsilonFactor` mean the same for everybody. */
  readonly ranges: { readonly learningRate: Range; readonly [name: string]: Range };
  build(settings: Settings, threat: ThreatModel): Defence;
}

const learningRate: Range = { low: 5e-4, high: 4e-3, usual: 1e-3 };
/** Of the budget it is attacked with: many defences gain from training in a ball of another size. */
const epsilonFactor: Range = { low: 0.75, high: 1.5, usual: 1 };

const scaled = (threat: ThreatModel, factor: number): ThreatModel => ({ ...threat, epsilon: threat.epsilon * factor });

function energyContender(segments: number, about: string): Contender {
  return {
    name: `energy-d${segments}`,
    about,
    ranges: { learningRate, epsilonFactor, weight: { low: 0.3, high: 3, usual: 1 } },
    build: ({ epsilonFactor: factor, weight }, threat) =>
      energyRegularisation({ threat: scaled(threat, factor!), segments, weight: weight! }),
  };
}

export const contenders: readonly Contender[] = [
  { name: 'standard', about: 'cross-entropy of clean examples', ranges: { learningRate }, build: () => standard() },
  {
    name: 'one-step-at',
    about: 'cross-entropy at one steepest step from a random start',
    ranges: { learningRate, epsilonFactor },
    build: ({ epsilonFactor: factor }, threat) => oneStepAdversarialTraining({ threat: scaled(threat, factor!), randomStart: true }),
  },
  {
    name: 'vat',
    about: 'clean examples and the KL divergence to one virtual adversarial direction',
    ranges: { learningRate, epsilonFactor, weight: { low: 0.5, high: 8, usual: 1 } },
    build: ({ epsilonFactor: factor, weight }, threat) => vat({ threat: scaled(threat, factor!), weight: weight! }),
  },
  {
    name: 'pgd-at',
    about: 'cross-entropy at the end of PGD, 7 steps',
    ranges: { learningRate, epsilonFactor },
    build: ({ epsilonFactor: factor }, threat) => adversarialTraining({ attack: pgd({ steps: 7 }), threat: scaled(threat, factor!) }),
  },
  {
    name: 'trades',
    about: 'clean examples and the KL divergence to the end of an ascent of it, 6 steps',
    ranges: { learningRate, epsilonFactor, weight: { low: 1, high: 10, usual: 3 } },
    build: ({ epsilonFactor: factor, weight }, threat) => trades({ threat: scaled(threat, factor!), beta: weight!, steps: 6 }),
  },
  energyContender(1, 'clean examples and the squared gap to the end of a five-step path'),
  energyContender(2, 'clean examples and the path energy of two segments of a five-step path'),
];
