/**
 * What a pipeline is: data, tasks, presets, and who takes part. Plain values, so that help texts can name them without loading
 * anything; all of it stands in a run's config.json, so that a later version of a preset changes nothing there.
 */
import type { AuditSizes } from '../audit/audit';

export const tasks = ['supervised', 'semi-supervised'] as const;
export type Task = (typeof tasks)[number];

export const presetNames = ['smoke', 'quick', 'standard', 'paper'] as const;
export type PresetName = (typeof presetNames)[number];

/** How much is done. */
export type Sizes = {
  /** Training examples, drawn by the seed: all that have a label, or in the semi-supervised task all that have an input. */
  readonly train: number;
  /** How many of them keep their labels; null for all. */
  readonly labels: number | null;
  readonly epochs: number;
  /** Steps of an epoch; null for as many as it takes to see every labelled example once. */
  readonly stepsPerEpoch: number | null;
  /** Labelled examples of a step. */
  readonly batchSize: number;
  /** Unlabelled examples of a step; null where there are none. */
  readonly unlabelledBatchSize: number | null;
  /** Test examples that are attacked. */
  readonly test: number;
  /** What every defence is attacked with, as `--attack` takes it. */
  readonly attacks: readonly string[];
  /** How much the report's curves and checks look at; null for no audit. */
  readonly audit: AuditSizes | null;
};

/** How the weights move, and what inputs they see; the same for every defence. Specifications as registry/training.ts reads them. */
export type TrainingSettings = {
  /** `adam`, `sgd:momentum=0.9,weightDecay=5e-4`. */
  readonly optimiser: string;
  readonly learningRate: number;
  /** What becomes of the learning rate: `drops:at=0.75,factor=0.1`, `linear-end:from=0.667`. */
  readonly schedule: string;
  /** `none`, or steps joined by plus: `crop:padding=4+flip`. */
  readonly augmentation: string;
  /** Inside of the model, so that budgets are in pixel units: `none`, `channels`, `zca`. Or `whitened-space`, where they are not. */
  readonly preprocessing: string;
};

export type Preset = {
  /** In a line: what it takes and what it is good for. */
  readonly about: string;
  /** As `models list` names them. */
  readonly model: string;
  /** The budget where none is named. @default the task's */
  readonly epsilon?: number;
  /** As `defences list` names them; by the norm of the threat where its training differs. */
  readonly defences: readonly string[] | { readonly linf: readonly string[]; readonly l2: readonly string[] };
  readonly sizes: Sizes;
  readonly training: TrainingSettings;
};

export type NormName = 'linf' | 'l2';

export type TaskSettings = {
  /** The norm of the threat where none is named. */
  readonly norm: NormName;
  /** The budget where none is named. */
  readonly epsilon: { readonly [norm in NormName]: number };
  readonly presets: { readonly [name in PresetName]: Preset };
};

export type PipelineName = 'mnist' | 'fashion-mnist' | 'cifar10' | 'svhn';

export type Pipeline = {
  readonly name: PipelineName;
  /** What people call the data set. */
  readonly title: string;
  /** The real data: its name among the recipes of `@groundstate/datasets`. */
  readonly dataset: string;
  /** What is drawn where there is none. */
  readonly standIn: 'synthetic-digits' | 'synthetic-shapes' | 'synthetic-street-digits';
  readonly tasks: { readonly [task in Task]: TaskSettings };
};
