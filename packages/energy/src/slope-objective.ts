/** What the energies of gradient norms share: points that are drawn beforehand, and the mean squared slope at them. */
import { type Adversary, expected, type Norm, type Objective, type StepContext } from '@groundstate/core';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Form } from './form';
import { defaultStep, prepareSlope, type Slope, type SlopePoint, squaredSlope } from './slope';
import { type Constants, type Subject, subjectOf, truthOf } from './subject';

/** Points and directions by name: `at-0`, `direction-0`, `at-1`, ... */
export type SlopeConstants = Constants;

export function slopeObjective(setting: {
  readonly owner: string;
  readonly name: string;
  readonly term: string;
  readonly on: Adversary['on'];
  readonly slope: Slope;
  readonly form: Form;
  readonly points: (context: StepContext, subject: Subject) => readonly Tensor[];
}): Objective<SlopeConstants> {
  const { owner, name, term, on, slope, form, points } = setting;
  return {
    name: `${slope.virtual ? 'virtual-' : ''}${name} by ${slope.method}${settingsOf(slope, on)}${form.suffix}`,
    terms: [term],
    prepare: (context) => {
      const truth = truthOf(context, on, slope.virtual, owner);
      const subject = subjectOf(context, on, truth, owner);
      const constants: Record<string, Tensor> = {};
      for (const [i, point] of points(context, subject).entries()) {
        const { at, direction } = prepareSlope(context, slope, subject, point, owner, i);
        constants[`at-${i}`] = at;
        if (direction) constants[`direction-${i}`] = direction;
      }
      return { ...constants, truth };
    },
    evaluate: (context, constants) => {
      const subject = subjectOf(context, on, constants.truth, owner);
      const energies: Tensor1D[] = [];
      for (let i = 0; constants[`at-${i}`]; i++) {
        const direction = constants[`direction-${i}`];
        const point: SlopePoint = { at: constants[`at-${i}`]!, ...(direction ? { direction } : {}) };
        energies.push(squaredSlope(context, slope, subject, point));
      }
      const mean = tf.div(
        energies.reduce((total, energy) => tf.add(total, energy) as Tensor1D),
        energies.length,
      );
      return { [term]: tf.mean(form.apply(mean as Tensor1D)) as Scalar };
    },
  };
}

/** What is not as by default: a checkpoint of another setting is not resumed. */
function settingsOf({ method, relativeStep, virtual }: Slope, on: Adversary['on']): string {
  const step = method === 'finite-difference' && relativeStep !== defaultStep ? ` of ${relativeStep}` : '';
  return virtual && on !== 'all' ? `${step} on ${on}` : step;
}

/** Whom a virtual energy without an adversary is of. */
export function checkOn(owner: string, on: unknown, virtual: boolean): Adversary['on'] {
  const chosen = on ?? (virtual ? 'all' : 'labelled');
  if (virtual ? chosen === 'labelled' || chosen === 'unlabelled' || chosen === 'all' : chosen === 'labelled')
    return chosen as Adversary['on'];
  const rule = virtual ? "'all', 'labelled' or 'unlabelled'" : "'labelled'";
  throw expected(owner, 'on', rule, on, virtual ? undefined : 'Only a virtual energy does without labels.');
}

export function isNorm(value: unknown): value is Norm {
  return typeof (value as Norm | undefined)?.steepest === 'function';
}
