/** What decides the results of `groundstate run`. It stands in the run's config.json under `request`, and repeats the run from there. */
import * as z from 'zod';
import type { AuditSizes } from '../audit/audit';
import { backends } from '../backend/backends';
import { type PresetName, presetNames, type Sizes, type Task, type TrainingSettings, tasks } from '../pipelines/pipeline';
import { group, number, oneOf, path, text, texts } from './fields';

export type RunRequest = {
  readonly task: Task;
  readonly preset: PresetName;
  /** Of the weights, the order of the data and every draw. */
  readonly seed: number;
  /** How often each defence is trained: with `seed`, `seed` + 1, ... */
  readonly seeds: number;
  readonly backend: string;
  /** The folder with the data; null for data drawn by our own code. */
  readonly data: string | null;
  readonly threat: { readonly norm: 'linf' | 'l2'; readonly epsilon: number };
  /** As `models list` names them, with options: `mlp:hidden=256+256`. */
  readonly model: string;
  /** As `defences list` names them, with options: `pgd-at:steps=10`. */
  readonly defences: readonly string[];
  /** Those of the preset, unless said otherwise; this and the next. */
  readonly sizes: Sizes;
  readonly training: TrainingSettings;
  /** Where the run goes. It decides nothing, and is not kept. */
  readonly out: string | null;
};

export const backendField: z.ZodType<string> = oneOf(['auto', ...backends.map(({ name }) => name)]);
export const seedField: z.ZodType<number> = number({ integer: true, min: 0 });
export const countField: z.ZodType<number> = number({ integer: true, min: 1 });
export const attacksField: z.ZodType<readonly string[]> = texts('a list of attacks, such as ["pgd:steps=40", "apgd-ce"]');
export const dataField: z.ZodType<string | null> = text('the path of a folder, or null for data drawn by our own code').nullable();
export const trainingThreat: z.ZodType<RunRequest['threat']> = group({ norm: oneOf(['linf', 'l2']), epsilon: number({ above: 0 }) });

const audit: z.ZodType<AuditSizes | null> = group({
  images: countField,
  steps: countField,
  samples: number({ integer: true, min: 0 }),
}).nullable();

const sizes: z.ZodType<Sizes> = group({
  train: countField,
  labels: countField.nullable(),
  epochs: countField,
  stepsPerEpoch: countField.nullable(),
  batchSize: countField,
  unlabelledBatchSize: countField.nullable(),
  test: countField,
  attacks: attacksField,
  audit,
});

const training: z.ZodType<TrainingSettings> = group({
  optimiser: text('an optimiser, such as adam or sgd:momentum=0.9'),
  learningRate: number({ above: 0 }),
  schedule: text('a course of the learning rate, such as constant or drops:at=0.5+0.75,factor=0.1'),
  augmentation: text("augmentations, such as crop:padding=4+flip, or 'none'"),
  preprocessing: text("the preprocessing inside of the model, such as channels, or 'none'"),
});

/** Defences in one text, with commas, are a list too: `standard,pgd-at:steps=10,warmUp=0.3` is of two. */
const defences: z.ZodType<readonly string[]> = z.preprocess(
  (value) => (Array.isArray(value) ? value.flatMap(splitDefences) : splitDefences(value)),
  texts('a list of defences, such as ["standard", "pgd-at:steps=10"]'),
);

/** A piece `key=value` belongs to the options of the one before it. */
export function splitDefences(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const list: string[] = [];
  for (const piece of value.split(',')) {
    if (list.length > 0 && /^[^:]*=/.test(piece)) list.push(`${list.pop()},${piece}`);
    else list.push(piece);
  }
  return list;
}

export const runRequest: z.ZodType<RunRequest> = group({
  task: oneOf(tasks),
  preset: oneOf(presetNames),
  seed: seedField,
  seeds: countField,
  backend: backendField,
  data: dataField,
  threat: trainingThreat,
  model: text('a model, such as convnet or mlp:hidden=256+256 (see `groundstate models list`)'),
  defences,
  sizes,
  training,
  out: path,
});
