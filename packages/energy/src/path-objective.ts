/** What the objectives along the path of an adversary share: the points of the path, and the loss at each of them. */
import { type Adversary, checkNumber, type Objective } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Form } from './form';
import { averageOf, type Constants, checkSubject, type Losses, pathLossesOf, subjectOf, truthOf } from './subject';

/** What every energy along a path takes: who finds it, its segments, and whether labels are needed. */
export interface PathOptions {
  /** Who finds r. Labels are needed, and `on` is `labelled`, unless the energy is virtual. */
  readonly adversary: Adversary;
  /** K, the segments of the path. @default 2 */
  readonly segments?: number;
  /** Average over classes drawn from the clean prediction instead of the label: needs no labels. @default false */
  readonly virtual?: boolean;
}

export type PathConstants = Constants & { readonly end: Tensor };

/** An objective of `measure`, a figure of the losses at the K + 1 points of each path. */
export function pathObjective(setting: {
  readonly owner: string;
  readonly name: string;
  readonly term: string;
  readonly adversary: Adversary;
  readonly segments: number;
  readonly virtual: boolean;
  readonly form: Form;
  readonly measure: (losses: readonly Losses[]) => Losses;
}): Objective<PathConstants> {
  const { owner, name, term, adversary, segments, virtual, form, measure } = setting;
  checkSubject(owner, adversary?.on, virtual);
  return {
    name: `${virtual ? 'virtual-' : ''}${name}-${segments}${form.suffix}`,
    terms: [term],
    adversaries: [adversary],
    prepare: (context) => {
      // First, so that an adversary that attacks in the same mode finds the clean pass done.
      const truth = truthOf(context, adversary.on, virtual, owner);
      return { end: context.adversarial(adversary), truth };
    },
    evaluate: (context, { end, truth }) => {
      const subject = subjectOf(context, adversary.on, truth, owner);
      const points = Array.from({ length: segments }, (_, k) => pointOn(subject.batch.inputs, end, (k + 1) / segments));
      const losses = pathLossesOf(context, adversary.on, points, subject);
      return { [term]: tf.mean(form.apply(averageOf(measure(losses), truth))) as Scalar };
    },
  };
}

export function checkSegments(owner: string, segments = 2): number {
  return checkNumber(owner, 'segments', segments, { integer: true, min: 1 });
}

/** Where x + t r lies, `end` being x + r: exactly x and x + r at the ends. */
export function pointOn(inputs: Tensor, end: Tensor, t: number): Tensor {
  if (t === 0) return inputs;
  return t === 1 ? end : tf.add(inputs, tf.mul(tf.sub(end, inputs), t));
}
