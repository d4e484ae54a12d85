/**
 * An exponential moving average of the weights: a <- decay a + (1 - decay) w after every step. Training itself never sees it.
 *
 * Sources: "Acceleration of stochastic approximation by averaging", B. T. Polyak, A. B. Juditsky, 1992, for the idea;
 * "Mean teachers are better role models", A. Tarvainen, H. Valpola, 2017 (arXiv 1703.01780), for the exponential mean;
 * compare "Averaging weights leads to wider optima and better generalization", P. Izmailov, D. Podoprikhin, T. Garipov,
 * D. Vetrov, A. G. Wilson, 2018 (arXiv 1803.05407), which weighs the points of a path equally.
 */
import { checkKeys, checkNumber, optionalKernel } from '@groundstate/core';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `weightAverage`. */
export interface WeightAverageOptions {
  /** Share of the old average that stays. About 1 / (1 - decay) steps are averaged. @default 0.999 */
  readonly decay?: number;
  /**
   * Smaller at first, min(decay, (1 + t) / (10 + t)) behind t steps, so that the weights of the start are soon forgotten.
   * @default false
   */
  readonly warmup?: boolean;
}

/** An average beside the weights; `weightAverage` makes it. */
export interface WeightAverage {
  /** With its settings: part of what a checkpoint is compared by. */
  readonly name: string;
  /** The decay of the update that comes behind `steps` others. */
  decayAt(steps: number): number;
}

/**
 * The average holds buffers too (the statistics of batch normalisation), which belong to its weights no less than theirs do to them.
 * It begins with the values of the start.
 *
 * @example
 * fit(model, examples, defence, { averaging: weightAverage({ decay: 0.999, warmup: true }), epochs: 30, seed: 0 });
 */
export function weightAverage(options: WeightAverageOptions = {}): WeightAverage {
  checkKeys('weightAverage', options, ['decay', 'warmup']);
  const decay = checkNumber('weightAverage', 'decay', options.decay ?? 0.999, { min: 0, max: 1 });
  const { warmup = false } = options;
  return {
    name: `weight-average(${decay}${warmup ? ', warmup' : ''})`,
    decayAt: (steps) => (warmup ? Math.min(decay, (1 + steps) / (10 + steps)) : decay),
  };
}

/** The next average, as new tensors of the caller's. Where value and average agree, it stays as it is to the bit. */
export function averaged(average: NamedTensorMap, values: Readonly<Record<string, Tensor>>, decay: number): NamedTensorMap {
  return tf.tidy(() => {
    const kernel = optionalKernel('MoveTowards');
    const moved = (from: Tensor, to: Tensor): Tensor =>
      kernel ? kernel({ from, to }, { share: 1 - decay }) : tf.add(from, tf.mul(tf.sub(to, from), 1 - decay));
    return Object.fromEntries(Object.entries(average).map(([name, old]) => [name, moved(old, values[name]!)]));
  });
}
