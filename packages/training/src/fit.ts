/**
 * The training loop. It owns memory, order, schedules, history, checkpoints and cancellation; what is minimised is the
 * defence's affair. Two runs of the same arguments are equal, and so is one that was interrupted and resumed.
 */
import {
  type Adversary,
  batches,
  breathe,
  checkAborted,
  checkNumber,
  createMeter,
  type Defence,
  type Examples,
  expected,
  order,
  type TrainableModel,
} from '@groundstate/core';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { collectTensors, type Position, type RunIdentity, restoreGroup, restoreModel } from './checkpoint';
import { checkFitOptions, type FitOptions } from './fit-options';
import type { Epoch, History } from './history';
import type { OptimiserState } from './optimiser';
import { plainDescent } from './plain-descent';
import { takeStep } from './take-step';

/**
 * Trains `model` in place. Rejects with `aborted`, or with `diverged` when a term or a new weight is not finite: weights and
 * buffers are then those before that step.
 *
 * @example
 * const history = await fit(model, train, standard(), { epochs: 5, seed: 0 });
 */
export async function fit(model: TrainableModel, examples: Examples, defence: Defence, options: FitOptions): Promise<History> {
  const settings = checkFitOptions(options);
  const { epochs, batchSize, seed, optimiser, learningRate } = settings;
  if (examples.size === 0) throw expected('fit', 'examples', 'at least one example', 0);
  const { objective, descent = plainDescent(), replays = 1 } = defence;
  checkNumber('fit', 'defence.replays', replays, { integer: true, min: 1 });
  const run: RunIdentity = {
    model: model.name,
    defence: `${defence.name}: ${objective.name}`,
    adversaries: (objective.adversaries ?? []).map(describeAdversary).join('; '),
    descent: `${descent.name} x${replays}`,
    optimiser: optimiser.name,
    // A schedule is a function: five of its values stand for it.
    learningRate: [0, 0.25, 0.5, 0.75, 1].map((progress) => learningRate(progress)).join(' '),
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

  const setting = { model, objective, descent, optimiser, seed, meter };
  const history = (): History => ({ epochs: done, steps: state.step, forwards: meter.forwards, backwards: meter.backwards });
  const checkpoint = async (): Promise<void> => {
    if (!options.onCheckpoint) return;
    const position = { epoch, batch: batchIndex, optimiserStep: state.step, sums, seen };
    await options.onCheckpoint({ run, position, history: history(), tensors: await collectTensors(model, state, memory) });
  };

  try {
    while (epoch < epochs) {
      const visit = order(examples.size, { seed, epoch });
      for await (const batch of batches(examples, { size: batchSize, order: visit, start: batchIndex })) {
        try {
          for (let replay = 0; replay < replays; replay++) {
            const progress = state.step / steps;
            rate = learningRate(progress);
            const taken = await takeStep(setting, { batch, state, memory, epoch, replay, progress, learningRate: rate });
            const { values } = taken;
            ({ state, memory } = taken);
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

function describeAdversary({ attack, threat, on, mode = 'inference' }: Adversary): string {
  return `${attack.card.name} x${attack.steps}, ${threat.norm.name} ${threat.epsilon}, ${on}, ${mode}`;
}
