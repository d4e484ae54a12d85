/**
 * The training loop. It owns memory, order, schedules, history, checkpoints and cancellation; what is minimised is the
 * defence's affair. Two runs of the same arguments are equal, and so is one that was interrupted and resumed.
 */
import {
  type Batch,
  batches,
  breathe,
  checkAborted,
  checkKeys,
  checkNumber,
  createMeter,
  createNoise,
  createStep,
  type Defence,
  type Examples,
  expected,
  GroundstateError,
  order,
  type Schedule,
  scheduled,
  type TrainableModel,
} from '@groundstate/core';
import type { NamedTensorMap, Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { adam } from './adam';
import { type Checkpoint, collectTensors, type Position, type RunIdentity, restoreGroup, restoreModel } from './checkpoint';
import type { Epoch, History } from './history';
import type { Optimiser, OptimiserState } from './optimiser';
import { plainDescent } from './plain-descent';

/** One event a step. */
export interface FitProgress {
  /** From 1, of `epochs`. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done in the whole run, of `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly learningRate: number;
  /** Of this step's batch. */
  readonly terms: { readonly [term: string]: number };
}

export interface FitOptions {
  readonly epochs: number;
  /** Seed of the data order and of every draw. */
  readonly seed: number;
  /** @default 64 */
  readonly batchSize?: number;
  /** @default adam() */
  readonly optimiser?: Optimiser;
  /** @default 1e-3 */
  readonly learningRate?: number | Schedule;
  /** Stops after the batch that runs, checkpoints, and rejects with code `aborted`; at once if nothing runs yet. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FitProgress) => void;
  /** Given a checkpoint after every epoch, and when the run is aborted; awaited. */
  readonly onCheckpoint?: (checkpoint: Checkpoint) => void | Promise<void>;
  /** Also give one after every so many steps, at the next end of a batch. @default never */
  readonly checkpointEvery?: number;
  /** Continue from here. */
  readonly resume?: Checkpoint;
}

/**
 * Trains `model` in place. Rejects with `aborted`, or with `diverged` when a term or a new weight is not finite: weights and
 * buffers are then those before that step.
 *
 * @example
 * const history = await fit(model, train, standard(), { epochs: 5, seed: 0 });
 */
export async function fit(model: TrainableModel, examples: Examples, defence: Defence, options: FitOptions): Promise<History> {
  const settings = checkOptions(options);
  const { epochs, batchSize, seed, optimiser, learningRate } = settings;
  if (examples.size === 0) throw expected('fit', 'examples', 'at least one example', 0);
  const { objective, descent = plainDescent(), replays = 1 } = defence;
  checkNumber('fit', 'defence.replays', replays, { integer: true, min: 1 });
  const run: RunIdentity = {
    model: model.name,
    defence: `${defence.name}: ${objective.name}`,
    descent: `${descent.name} x${replays}`,
    optimiser: optimiser.name,
    seed,
    batchSize,
    epochs,
    examples: examples.size,
  };
  const { resume } = options;
  checkAborted('fit', options.signal);
  if (resume) restoreModel(resume, model, run);
  const perEpoch = Math.ceil(examples.size / batchSize) * replays;
  const steps = perEpoch * epochs;
  // That of the last step: a checkpoint may stand behind the last batch of an epoch whose entry is not written yet.
  let rate = learningRate(Math.max(0, (resume?.position.optimiserStep ?? 0) - 1) / steps);
  const meter = Object.assign(createMeter(), resume && { forwards: resume.history.forwards, backwards: resume.history.backwards });
  let state: OptimiserState = resume
    ? { step: resume.position.optimiserStep, slots: restoreGroup(resume, 'optimiser') }
    : optimiser.init(model.weights);
  let memory: NamedTensorMap = resume ? restoreGroup(resume, 'memory') : (descent.init?.(model) ?? {});
  let done: Epoch[] = [...(resume?.history.epochs ?? [])];
  let {
    epoch,
    batch: batchIndex,
    sums,
    seen,
  }: Omit<Position, 'optimiserStep'> = resume?.position ?? { epoch: 0, batch: 0, sums: {}, seen: 0 };

  const history = (): History => ({ epochs: done, steps: state.step, forwards: meter.forwards, backwards: meter.backwards });
  const checkpoint = async (): Promise<void> => {
    if (!options.onCheckpoint) return;
    const position = { epoch, batch: batchIndex, optimiserStep: state.step, sums, seen };
    await options.onCheckpoint({ run, position, history: history(), tensors: await collectTensors(model, state, memory) });
  };

  /** One update on one batch; resolves to the terms' values. If it fails, model, state and memory are as before it. */
  const update = async (batch: Batch, replay: number): Promise<Record<string, number>> => {
    const progress = state.step / steps;
    rate = learningRate(progress);
    // Passes in training mode write the buffers: what they held is kept until the step counts.
    const buffers = Object.fromEntries(Object.entries(model.buffers).map(([name, buffer]) => [name, tf.clone(buffer)]));
    const spent: NamedTensorMap[] = [buffers];
    try {
      const { gradients, terms, remembered } = tf.tidy(() => {
        const noise = (ids: Int32Array): ReturnType<typeof createNoise> => createNoise(seed, ids).stream('training', epoch, replay);
        const step = createStep({ model, labelled: batch, noise, progress, meter });
        const constants = objective.prepare?.(step.context);
        const result = descent.gradients(model, () => step.onTape(() => objective.evaluate(step.context, constants)), step.context, memory);
        return { gradients: { ...result.gradients }, terms: { ...result.terms }, remembered: { ...result.memory } };
      });
      spent.push(gradients, terms, remembered);
      const next = tf.tidy(() => {
        const { weights, state: after } = optimiser.update(model.weights, gradients, state, rate);
        return { weights: { ...weights }, slots: { ...after.slots }, step: after.step, finite: allFinite(Object.values(weights)) };
      });
      spent.push(next.weights, next.slots, { finite: next.finite });
      const [values, { finite }] = await Promise.all([read(terms), read({ finite: next.finite })]);
      const broken = Object.entries(values).find(([, value]) => !Number.isFinite(value));
      if (broken || !finite) {
        const [what, got] = broken
          ? [`\`${broken[0]}\` to be a finite number`, broken[1]]
          : ['the new weights to be finite numbers', 'NaN or infinity'];
        throw new GroundstateError(
          'diverged',
          `fit: expected ${what}, got ${got} in epoch ${epoch + 1}, step ${state.step + 1}. ` +
            'The weights are those before this step. Try a smaller learning rate, or warm the weight of the term up.',
        );
      }
      for (const [name, value] of Object.entries(next.weights)) model.weights[name]!.assign(value);
      spent.push(state.slots, memory);
      state = { step: next.step, slots: next.slots };
      memory = remembered;
      return values;
    } catch (error) {
      for (const [name, value] of Object.entries(buffers)) model.buffers[name]!.assign(value);
      throw error;
    } finally {
      // One tensor may stand in several places: what the run still holds lives on.
      disposeExcept(spent, [state.slots, memory, model.weights]);
    }
  };

  try {
    while (epoch < epochs) {
      const visit = order(examples.size, { seed, epoch });
      for await (const batch of batches(examples, { size: batchSize, order: visit, start: batchIndex })) {
        try {
          for (let replay = 0; replay < replays; replay++) {
            const values = await update(batch, replay);
            const n = batch.ids.length;
            sums = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, (sums[name] ?? 0) + value * n]));
            seen += n;
            options.onProgress?.({ epoch: epoch + 1, epochs, step: state.step, steps, learningRate: rate, terms: values });
          }
        } finally {
          tf.dispose([batch.inputs, batch.labels]);
        }
        batchIndex++;
        // Lets an abort in before it is asked for.
        await breathe();
        const every = settings.checkpointEvery;
        // The replays of a batch stay together: due when one of its steps was.
        const due = every !== undefined && state.step % every < replays;
        if (due || options.signal?.aborted) await checkpoint();
        checkAborted('fit', options.signal);
      }
      const terms = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / seen]));
      done = [...done, { epoch: epoch + 1, learningRate: rate, terms }];
      // The checkpoint between two epochs stands at the start of the next.
      [epoch, batchIndex, sums, seen] = [epoch + 1, 0, {}, 0];
      await checkpoint();
    }
    return history();
  } finally {
    tf.dispose([state.slots, memory]);
  }
}

type Settings = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'seed' | 'optimiser'>> & {
  readonly learningRate: Schedule;
  readonly checkpointEvery: number | undefined;
};

function checkOptions(options: FitOptions): Settings {
  checkKeys('fit', options, [
    'epochs',
    'seed',
    'batchSize',
    'optimiser',
    'learningRate',
    'signal',
    'onProgress',
    'onCheckpoint',
    'checkpointEvery',
    'resume',
  ]);
  const { learningRate = 1e-3, optimiser = adam(), checkpointEvery } = options;
  if (typeof learningRate === 'number') checkNumber('fit', 'learningRate', learningRate, { above: 0 });
  if (checkpointEvery !== undefined) checkNumber('fit', 'checkpointEvery', checkpointEvery, { integer: true, min: 1 });
  return {
    epochs: checkNumber('fit', 'epochs', options.epochs, { integer: true, min: 1 }),
    seed: checkNumber('fit', 'seed', options.seed, { integer: true }),
    batchSize: checkNumber('fit', 'batchSize', options.batchSize ?? 64, { integer: true, min: 1 }),
    optimiser,
    learningRate: scheduled(learningRate),
    checkpointEvery,
  };
}

async function read(terms: Readonly<Record<string, Scalar>>): Promise<Record<string, number>> {
  const entries = Object.entries(terms);
  const values = await Promise.all(entries.map(([, term]) => term.data()));
  return Object.fromEntries(entries.map(([name], i) => [name, values[i]![0]!]));
}

/** A boolean scalar, false where any number is NaN or infinite. */
function allFinite(tensors: readonly Tensor[]): Scalar {
  return tensors.reduce<Tensor>((all, tensor) => tf.logicalAnd(all, tf.all(tf.isFinite(tensor))), tf.scalar(true, 'bool')) as Scalar;
}

function disposeExcept(spent: readonly NamedTensorMap[], held: readonly NamedTensorMap[]): void {
  const kept = new Set<Tensor>(held.flatMap((tensors) => Object.values(tensors)));
  for (const tensor of spent.flatMap((tensors) => Object.values(tensors))) if (!kept.has(tensor)) tensor.dispose();
}
