/** One update on one batch. If it fails, the model, the optimiser's state and the descent's memory are as before it. */
import {
  createNoise,
  createStep,
  type Descent,
  GroundstateError,
  type Meter,
  type Noise,
  type Objective,
  type Terms,
  type TrainableModel,
} from '@groundstate/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { allFinite } from './all-finite';
import { clipGradients } from './clip-gradients';
import type { Portion } from './feed';
import type { Optimiser, OptimiserState } from './optimiser';

export interface StepSetting {
  readonly model: TrainableModel;
  readonly objective: Objective;
  readonly descent: Descent;
  readonly optimiser: Optimiser;
  readonly seed: number;
  readonly clipNorm: number | undefined;
  readonly meter: Meter;
}

export interface StepPoint {
  /** With its turn, which keys the noise of the step; so does that of the unlabelled ones. */
  readonly batch: Portion['labelled'];
  readonly unlabelled?: Portion['unlabelled'];
  readonly state: OptimiserState;
  readonly memory: NamedTensorMap;
  /** From 0, for people. */
  readonly epoch: number;
  readonly replay: number;
  /** In the whole run. */
  readonly steps: number;
  /** Share of the training done. */
  readonly progress: number;
  readonly learningRate: number;
}

export interface StepTaken {
  readonly state: OptimiserState;
  readonly memory: NamedTensorMap;
  /** The terms, as they were minimised. */
  readonly values: Record<string, number>;
  /** With `clipNorm`: the norm of all gradients together, before they were clipped. */
  readonly gradientNorm?: number;
}

/** Frees the old state and memory when the step counts. Rejects with `diverged` where a term, a new weight or a slot is not finite. */
export async function takeStep(setting: StepSetting, point: StepPoint): Promise<StepTaken> {
  const { model, objective, descent, optimiser, seed, clipNorm, meter } = setting;
  const { batch, unlabelled, state, memory, epoch, replay, steps, progress, learningRate } = point;
  // Passes in training mode write the buffers: what they held is kept until the step counts.
  const buffers = Object.fromEntries(Object.entries(model.buffers).map(([name, buffer]) => [name, tf.clone(buffer)]));
  const spent: NamedTensorMap[] = [buffers];
  let held: readonly NamedTensorMap[] = [state.slots, memory, model.weights];
  try {
    const { gradients, terms, remembered, norm } = tf.tidy(() => {
      const noise = (ids: Int32Array): Noise => {
        const { turn } = unlabelled && ids === unlabelled.ids ? unlabelled : batch;
        return createNoise(seed, ids).stream('training', turn, replay);
      };
      const others = unlabelled ? { unlabelled: { ids: unlabelled.ids, inputs: unlabelled.inputs } } : {};
      const step = createStep({ model, labelled: batch, ...others, noise, progress, meter });
      const constants = objective.prepare?.(step.context);
      const terms = (inputs?: Tensor): Terms =>
        step.onTape(() => objective.evaluate(inputs ? step.contextAt(inputs) : step.context, constants));
      const result = descent.gradients(model, terms, step.context, memory);
      const clipped = clipNorm === undefined ? undefined : clipGradients(result.gradients, clipNorm);
      return {
        gradients: { ...(clipped ?? result).gradients },
        terms: { ...result.terms },
        remembered: { ...result.memory },
        norm: clipped ? { norm: clipped.norm } : {},
      };
    });
    spent.push(gradients, terms, remembered, norm);
    const next = tf.tidy(() => {
      const { weights, state: after } = optimiser.update(model.weights, gradients, state, learningRate, steps);
      // A slot that overflows (Adam's mean of squares) would hold its weight still from then on, without a word.
      const finite = allFinite([...Object.values(weights), ...Object.values(after.slots)]);
      return { weights: { ...weights }, slots: { ...after.slots }, step: after.step, finite };
    });
    spent.push(next.weights, next.slots, { finite: next.finite });
    const [values, { finite }, { norm: gradientNorm }] = await Promise.all([read(terms), read({ finite: next.finite }), read(norm)]);
    checkFinite(values, gradientNorm, finite === 1, `epoch ${epoch + 1}, step ${state.step + 1}`);
    for (const [name, value] of Object.entries(next.weights)) model.weights[name]!.assign(value);
    spent.push(state.slots, memory);
    held = [next.slots, remembered, model.weights];
    return {
      state: { step: next.step, slots: next.slots },
      memory: remembered,
      values,
      ...(gradientNorm === undefined ? {} : { gradientNorm }),
    };
  } catch (error) {
    for (const [name, value] of Object.entries(buffers)) model.buffers[name]!.assign(value);
    throw error;
  } finally {
    // One tensor may stand in several places: what the run still holds lives on.
    disposeExcept(spent, held);
  }
}

function checkFinite(values: Readonly<Record<string, number>>, norm: number | undefined, weightsFinite: boolean, where: string): void {
  // An infinite norm would clip a finite gradient to nothing, without a word.
  const numbers = Object.entries({ ...values, ...(norm === undefined ? {} : { 'the norm of the gradient': norm }) });
  const broken = numbers.find(([, value]) => !Number.isFinite(value));
  if (!broken && weightsFinite) return;
  const [what, got] = broken
    ? [`${broken[0] in values ? `\`${broken[0]}\`` : broken[0]} to be a finite number`, broken[1]]
    : ['the new weights and the state of the optimiser to be finite numbers', 'NaN or infinity'];
  throw new GroundstateError(
    'diverged',
    `fit: expected ${what}, got ${got} in ${where}. The weights are those before this step. ` +
      'Try a smaller learning rate, or warm the weight of the term up.',
  );
}

async function read(terms: Readonly<Record<string, Scalar>>): Promise<Record<string, number>> {
  const entries = Object.entries(terms);
  const values = await Promise.all(entries.map(([, term]) => term.data()));
  return Object.fromEntries(entries.map(([name], i) => [name, values[i]![0]!]));
}

function disposeExcept(spent: readonly NamedTensorMap[], held: readonly NamedTensorMap[]): void {
  const kept = new Set<Tensor>(held.flatMap((tensors) => Object.values(tensors)));
  for (const tensor of spent.flatMap((tensors) => Object.values(tensors))) if (!kept.has(tensor)) tensor.dispose();
}
