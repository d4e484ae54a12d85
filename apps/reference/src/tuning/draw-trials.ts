/**
 * The settings that are tried, all fixed before the first model is trained. Trial 0 is what one would take untuned; the
 * others are a Latin hypercube on logarithmic scales: each range is cut into as many parts as there are trials, and each
 * part is used once. The draws belong to the setting's name, not to the contender: all are given the same learning rates
 * and balls, and two contenders of one kind meet in every trial.
 *
 * Source: "A comparison of three methods for selecting values of input variables in the analysis of output from a computer
 * code", M. D. McKay, R. J. Beckman, W. J. Conover, Technometrics 21, 1979, doi 10.2307/1268522.
 */
import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Contender, Range, Settings } from './contenders';

export function drawTrials(contender: Contender, trials: number, seed: number): readonly Settings[] {
  const columns = Object.entries(contender.ranges).map(([name, range]) => [name, drawColumn(name, range, trials, seed)] as const);
  return Array.from({ length: trials }, (_, trial) => Object.fromEntries(columns.map(([name, values]) => [name, values[trial]!])));
}

function drawColumn(name: string, { low, high, usual }: Range, trials: number, seed: number): readonly number[] {
  const parts = trials - 1;
  const noise = createNoise(
    seed,
    Int32Array.from({ length: parts }, (_, i) => i),
  ).stream('tuning', name);
  const [places, ranks] = tf.tidy(() => [noise.stream('place').uniform([]).dataSync(), noise.stream('rank').uniform([]).dataSync()]);
  const order = Array.from({ length: parts }, (_, i) => i).sort((a, b) => ranks[a]! - ranks[b]!);
  const drawn = order.map((part, i) => {
    const share = (part + places[i]!) / parts;
    // Three digits say all that matters, and can be typed again.
    return Number((low * (high / low) ** share).toPrecision(3));
  });
  return [usual, ...drawn];
}
