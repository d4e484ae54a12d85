/**
 * Mean and standard deviation of every channel, over all places of all examples.
 */
import { checkKeys, checkNumber, type Examples, expected } from '@groundstate/core';
import { checkCount, valuesOf, type WatchOptions } from './read-examples';

/** What `channelNormalisation` takes: a number for each channel, in the units of the examples. */
export type ChannelStatistics = {
  readonly mean: readonly number[];
  /** Of the population: divided by the number of values, not by one less. */
  readonly std: readonly number[];
};

/** Options of `fitChannelStatistics`. */
export type FitChannelStatisticsOptions = WatchOptions & {
  /** Examples that are in memory at a time; the result does not depend on it but in its last digits. @default 256 */
  readonly batchSize?: number;
};

/**
 * Over the last axis of the examples. Sums are of double precision and taken around the first example's values, so that a small deviation far from
 * zero is found as well.
 *
 * @example
 * const statistics = await fitChannelStatistics(train); // of CIFAR-10: mean 0.4914, 0.4822, 0.4465, std 0.2470, 0.2435, 0.2616
 * const model = convnet({ inputShape: [32, 32, 3], preprocessing: channelNormalisation(statistics) });
 * @throws GroundstateError `invalid-data` where there are no examples, or one holds NaN or infinity.
 */
export async function fitChannelStatistics(examples: Examples, options: FitChannelStatisticsOptions = {}): Promise<ChannelStatistics> {
  const owner = 'fitChannelStatistics';
  checkKeys(owner, options, ['batchSize', 'signal', 'onProgress']);
  const size = checkNumber(owner, 'batchSize', options.batchSize ?? 256, { integer: true, min: 1 });
  checkCount(owner, examples, 1);
  let [centres, sums, squares] = [0, 0, 0].map(() => new Float64Array(0)) as [Float64Array, Float64Array, Float64Array];
  let count = 0;
  let seen = 0;
  for await (const { values, rows, shape } of valuesOf(owner, examples, size, options.signal)) {
    const channels = shape.at(-1);
    if (channels === undefined) throw expected(owner, 'examples', 'examples with an axis of channels', `examples of shape [${shape}]`);
    if (seen === 0)
      [centres, sums, squares] = [Float64Array.from(values.subarray(0, channels)), new Float64Array(channels), new Float64Array(channels)];
    addValues(values, centres, sums, squares);
    count += values.length / channels;
    seen += rows;
    options.onProgress?.({ stage: 'statistics', share: seen / examples.size });
  }
  const shifts = [...sums].map((sum) => sum / count);
  return {
    mean: shifts.map((shift, channel) => centres[channel]! + shift),
    std: shifts.map((shift, channel) => Math.sqrt(Math.max(0, squares[channel]! / count - shift * shift))),
  };
}

function addValues(values: Float32Array, centres: Float64Array, sums: Float64Array, squares: Float64Array): void {
  const channels = centres.length;
  for (let channel = 0; channel < channels; channel++) {
    const centre = centres[channel]!;
    let sum = 0;
    let square = 0;
    for (let at = channel; at < values.length; at += channels) {
      const difference = values[at]! - centre;
      sum += difference;
      square += difference * difference;
    }
    sums[channel] = sums[channel]! + sum;
    squares[channel] = squares[channel]! + square;
  }
}
