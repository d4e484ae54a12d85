/**
 * Who takes part in a tuned comparison, and what may be tuned about each. Every contender gets the learning rate, and, as
 * far as it has them, the size of the ball it trains in and the weight of its second term; nobody gets a knob of his own
 * that the others of his kind lack.
 */
import type { Defence, ThreatModel } from '@groundstate/core';
import { defenceNamed } from '../registry/defences';

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

type Ranges = Contender['ranges'];

/** `specify`: as `--defence` takes it, under the contender's own name and in a ball of its own size. */
function contender(name: string, about: string, ranges: Ranges, specify: (settings: Settings) => string): Contender {
  return {
    name,
    about,
    ranges,
    build: (settings, { norm, epsilon }) => {
      const threat = { norm, epsilon: epsilon * (settings.epsilonFactor ?? 1) };
      return { ...defenceNamed(specify(settings), threat), name };
    },
  };
}

function energyContender(segments: number, about: string): Contender {
  const ranges = { learningRate, epsilonFactor, weight: { low: 0.3, high: 3, usual: 1 } };
  return contender(`energy-d${segments}`, about, ranges, ({ weight }) => `energy-d${segments}:weight=${weight}`);
}

export const contenders: readonly Contender[] = [
  contender('standard', 'cross-entropy of clean examples', { learningRate }, () => 'standard'),
  contender(
    'one-step-at',
    'cross-entropy at one steepest step from a random start',
    { learningRate, epsilonFactor },
    () => 'one-step-at:randomStart=true',
  ),
  contender(
    'vat',
    'clean examples and the KL divergence to one virtual adversarial direction',
    { learningRate, epsilonFactor, weight: { low: 0.5, high: 8, usual: 1 } },
    ({ weight }) => `vat:weight=${weight}`,
  ),
  contender('pgd-at', 'cross-entropy at the end of PGD, 7 steps', { learningRate, epsilonFactor }, () => 'pgd-at:steps=7'),
  contender(
    'trades',
    'clean examples and the KL divergence to the end of an ascent of it, 6 steps',
    { learningRate, epsilonFactor, weight: { low: 1, high: 10, usual: 3 } },
    ({ weight }) => `trades:beta=${weight},steps=6`,
  ),
  energyContender(1, 'clean examples and the squared gap to the end of a five-step path'),
  energyContender(2, 'clean examples and the path energy of two segments of a five-step path'),
];
