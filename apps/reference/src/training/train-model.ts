/** One model trained with one defence: what `groundstate train` does once everything is decided. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Dataset, type DatasetCard, type Defence, type Examples, expected, order, subset } from '@groundstate/core';
import type { LayersClassifier } from '@groundstate/models';
import { loadModelFromDirectory } from '@groundstate/models/node';
import { type History, robustValidation } from '@groundstate/training';
import type { Requested } from '../config/sealed';
import type { TrainRequest } from '../config/train-request';
import type { Console } from '../console/progress';
import type { Environment } from '../environment';
import { parseAttack } from '../registry/attacks';
import { defenceNamed } from '../registry/defences';
import { countParameters, modelNamed } from '../registry/models';
import type { RunDirectory } from '../run-directory';
import { threatOf } from '../threat';
import { describeAdversary } from '../unit/describe-adversary';
import type { UnitPlan } from '../unit/plan';
import { trainUnit } from '../unit/train-unit';

export const trainingSchema = 'groundstate/training@1';

/** A request in which the data set is named, and the backend that was chosen. */
export type Decided = Omit<TrainRequest, 'out' | 'dataset'> & { readonly dataset: string };

/** config.json: the request is all that decides the results. */
export type TrainConfig = Environment &
  Requested<TrainRequest> & { readonly schema: 'groundstate/config@1'; readonly pipeline: 'train'; readonly request: Decided };

/** results.json: no times in it, so that the same training gives the same file. */
export type Training = {
  readonly schema: typeof trainingSchema;
  readonly dataset: { readonly name: string; readonly source: string; readonly train: number; readonly validation: number };
  readonly backend: string;
  readonly seed: number;
  readonly threat: { readonly norm: string; readonly epsilon: number };
  readonly model: { readonly specification: string; readonly parameters: number };
  readonly defence: {
    readonly name: string;
    readonly specification: string;
    readonly objective: string;
    readonly adversary: string | null;
  };
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Counted over the whole training, attacks included, the validation's not. */
  readonly gradientEvaluations: number;
  readonly history: History;
  /** The folder of the model, relative to the run's, and the SHA-256 of its weights.bin. */
  readonly weights: { readonly folder: string; readonly sha256: string };
};

export interface ModelTraining {
  readonly directory: RunDirectory<TrainConfig>;
  readonly dataset: Dataset;
  readonly console: Console;
  readonly signal: AbortSignal;
}

/** Rejects with code `aborted` when the signal fires; the folder then holds all that a continuation needs. */
export async function trainModel({ directory, dataset, console, signal }: ModelTraining): Promise<Training> {
  const { request } = directory.config;
  const { seed, sizes, learningRate, backend } = request;
  const { train, validation } = splitImages(await dataset.load('train'), request);
  const { defence, plan } = planOf(request, dataset.card, validation);
  const { key } = plan;
  const earlier = await directory.unit(key);
  const model = earlier ? await loadModelFromDirectory(directory.model(key)) : plan.build(seed);
  const unit = earlier ?? (await trainUnit(plan, model, { directory, console, signal, train }));
  const parameters = countParameters(model);
  model.dispose();
  const weights = await readFile(join(directory.model(key), 'weights.bin'));
  const training: Training = {
    schema: trainingSchema,
    dataset: { name: dataset.card.name, source: dataset.card.source, train: train.size, validation: validation.size },
    backend,
    seed,
    threat: request.threat,
    model: { specification: request.model, parameters },
    defence: {
      name: defence.name,
      specification: request.defence,
      objective: defence.objective.name,
      adversary: describeAdversary(defence),
    },
    epochs: sizes.epochs,
    batchSize: sizes.batchSize,
    learningRate,
    gradientEvaluations: unit.gradientEvaluations,
    history: unit.history!,
    weights: { folder: `models/${key}`, sha256: createHash('sha256').update(weights).digest('hex') },
  };
  const note = 'seconds of the process that finished the training; time spent before an interruption is not counted';
  await directory.finish(training, { unit: 'seconds', note, total: unit.training, defences: { [key]: { training: unit.training } } });
  return training;
}

/** The validation first, so that it is the same however much is trained on. */
export function splitImages(
  all: Examples,
  { sizes, validation, seed }: Pick<TrainRequest, 'sizes' | 'validation' | 'seed'>,
): Record<'train' | 'validation', Examples> {
  const held = validation.images;
  if (held >= all.size) {
    throw expected('train', 'validation.images', `less than ${all.size}, the size of the training set`, held);
  }
  const left = all.size - held;
  const wanted = sizes.train ?? left;
  if (wanted > left) {
    const advice = held > 0 ? `${held} more are held out for the validation.` : undefined;
    throw expected('train', 'sizes.train', `at most ${left}, what the training set has`, wanted, advice);
  }
  const drawn = order(all.size, { seed, epoch: 0 });
  return { validation: subset(all, drawn.slice(0, held)), train: subset(all, drawn.slice(held, held + wanted)) };
}

type Plan = Omit<UnitPlan, 'build'> & { build(seed: number): LayersClassifier };

function planOf(request: Decided, card: DatasetCard, held: Examples): { readonly defence: Defence; readonly plan: Plan } {
  const { seed, sizes, learningRate, validation } = request;
  const threat = threatOf(request.threat);
  const defence = defenceNamed(request.defence, threat);
  const checked = held.size === 0 ? undefined : robustValidation({ examples: held, attack: parseAttack(validation.attack), threat, seed });
  const { shape: inputShape, classes, bounds } = card;
  const plan: Plan = {
    key: defence.name,
    defence,
    seed,
    epochs: sizes.epochs,
    batchSize: sizes.batchSize,
    training: learningRate,
    attacks: [],
    attackSeed: seed,
    build: (from) => modelNamed(request.model, { inputShape, classes, bounds, seed: from, name: defence.name }),
    ...(checked ? { validation: checked } : {}),
    ...(validation.patience === null ? {} : { stop: { patience: validation.patience } }),
  };
  return { defence, plan };
}
