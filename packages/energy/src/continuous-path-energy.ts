/**
 * The path energy with the path not cut into segments: P(x, r) = int_0^1 <g(x + t r), r>^2 dt, by t drawn at random, and
 * by a finite difference along r: first-order gradients only.
 */
import { type Adversary, checkKeys, checkNumber, type Objective } from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type FormOptions, formOf } from './form';
import { averageOf, type Constants, checkSubject, checkVirtual, type Losses, lossesAt, subjectOf, truthOf } from './subject';

/** Options of `continuousPathEnergy`: the path, and the points drawn on it. */
export interface ContinuousPathEnergyOptions extends FormOptions {
  /** Who finds r. Labels are needed, and `on` is `labelled`, unless the energy is virtual. */
  readonly adversary: Adversary;
  /** Points drawn on every path in a step; two gradient evaluations each. @default 1 */
  readonly samples?: number;
  /** Length of the difference, as a share of the path. @default 0.1 */
  readonly width?: number;
  /** Average over classes drawn from the clean prediction instead of the label: needs no labels. @default false */
  readonly virtual?: boolean;
}

/** `starts`: where on its path each example's difference begins, `[samples, n]`, from 0 to 1 - width. */
type PathSamples = Constants & { readonly end: Tensor; readonly starts: Tensor };

/**
 * The mean of ((l(x + (t + w) r) - l(x + t r)) / w)^2, t uniform on [0, 1 - w]: differences within the path, so that box
 * and ball are kept. Costs the adversary's gradient evaluations and two a sample; shares no pass with the clean loss.
 *
 * @example
 * sum(cleanLoss(), continuousPathEnergy({ adversary, samples: 2 }));
 */
export function continuousPathEnergy(options: ContinuousPathEnergyOptions): Objective<PathSamples> {
  const owner = 'continuousPathEnergy';
  checkKeys(owner, options, ['adversary', 'samples', 'width', 'virtual', 'form', 'huberDelta']);
  const { adversary } = options;
  const samples = checkNumber(owner, 'samples', options.samples ?? 1, { integer: true, min: 1 });
  const width = checkNumber(owner, 'width', options.width ?? 0.1, { above: 0, max: 1 });
  const virtual = checkVirtual(owner, options.virtual);
  const form = formOf(owner, options);
  checkSubject(owner, adversary?.on, virtual);
  const term = virtual ? 'virtualContinuousEnergy' : 'continuousEnergy';
  return {
    name: `${virtual ? 'virtual-' : ''}continuous-path-energy-${samples} of width ${width}${form.suffix}`,
    terms: [term],
    adversaries: [adversary],
    prepare: (context) => {
      const truth = truthOf(context, adversary.on, virtual, owner);
      const { noise } = subjectOf(context, adversary.on, truth, owner).batch;
      const draws = Array.from({ length: samples }, (_, i) => noise.stream('continuous-path', i).uniform([]));
      return { truth, end: context.adversarial(adversary), starts: tf.mul(tf.stack(draws), 1 - width) };
    },
    evaluate: (context, { truth, end, starts }) => {
      const subject = subjectOf(context, adversary.on, truth, owner);
      const { inputs } = subject.batch;
      const r = tf.sub(end, inputs);
      const pointAt = (t: Tensor): Tensor => tf.add(inputs, tf.mul(r, tf.reshape(t, [-1, ...inputs.shape.slice(1).map(() => 1)])));
      const pairs = tf.unstack(starts).flatMap((t) => [pointAt(tf.add(t, width)), pointAt(t)]);
      const losses = lossesAt(context.model, pairs, subject);
      const slopes = Array.from({ length: samples }, (_, i) => tf.div(tf.sub(losses[2 * i]!, losses[2 * i + 1]!), width));
      const mean = tf.div(
        slopes.map((slope) => averageOf(tf.square(slope) as Losses, truth)).reduce((total, part) => tf.add(total, part)),
        samples,
      );
      return { [term]: tf.mean(form.apply(mean as Tensor1D)) as Scalar };
    },
  };
}
