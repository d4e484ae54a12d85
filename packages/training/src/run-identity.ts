/** A run in words and numbers: what a checkpoint is compared by, and what the error shows. */
import type { Adversary, Defence, Examples, Schedule, TrainableModel } from '@groundstate/core';
import { describeAugmentation } from './augmentations/augmentation';
import type { RunIdentity } from './checkpoint';
import type { FitSettings } from './fit-options';

export function runIdentity(model: TrainableModel, examples: Examples, defence: Defence, settings: FitSettings): RunIdentity {
  const { objective, descent, replays = 1 } = defence;
  const { optimiser, learningRate, seed, batchSize, epochs, stepsPerEpoch, clipNorm, averaging } = settings;
  const { unlabelled, augmentation, validation, stop } = settings;
  const undecayed = Object.keys(model.weights).filter((name) => optimiser.decays?.(name) === false);
  return {
    model: model.name,
    defence: `${defence.name}: ${objective.name}`,
    adversaries: (objective.adversaries ?? []).map(describeAdversary).join('; '),
    descent: `${descent?.name ?? 'plain'} x${replays}`,
    optimiser: optimiser.name,
    learningRate: describeSchedule(learningRate),
    seed,
    batchSize,
    epochs,
    examples: examples.size,
    ...(undecayed.length > 0 ? { undecayed: undecayed.join(', ') } : {}),
    ...(stepsPerEpoch === undefined ? {} : { stepsPerEpoch }),
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(averaging ? { averaging: averaging.name } : {}),
    ...(unlabelled ? { unlabelled: `${unlabelled.examples.size} examples, batches of ${unlabelled.batchSize}` } : {}),
    ...(augmentation ? { augmentation: describeAugmentation(augmentation) } : {}),
    ...(validation ? { validation: validation.name, select: settings.select } : {}),
    ...(stop ? { stop: `patience ${stop.patience}, margin ${stop.margin}` } : {}),
  };
}

function describeAdversary({ attack, threat, on, mode = 'inference', warmUp }: Adversary): string {
  const share = warmUp ? `, times ${describeSchedule(warmUp)}` : '';
  return `${attack.card.name} x${attack.steps}, ${threat.norm.name} ${threat.epsilon}${share}, ${on}, ${mode}`;
}

/** A schedule is a function: five of its values stand for it. */
function describeSchedule(schedule: Schedule): string {
  return [0, 0.25, 0.5, 0.75, 1].map((progress) => schedule(progress)).join(' ');
}
