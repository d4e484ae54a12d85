/**
 * The models of a run, one for every defence and seed: each is a unit that goes on where it was left, whoever left it. Which
 * of them belong to this process follows from their positions.
 */
import type { Dataset, DatasetCard, Defence } from '@groundstate/core';
import { defencesFor } from '../defences';
import { modelKey } from '../model-key';
import { modelNamed } from '../registry/models';
import { preprocessingNamed } from '../registry/preprocessing';
import { trainingNamed } from '../registry/training';
import type { RunDirectory } from '../run-directory';
import { threatOf } from '../threat';
import type { Bench, UnitPlan } from '../unit/plan';
import { attemptUnit } from '../unit/unit';
import { prepareDataset } from './prepare-dataset';
import type { RunConfig } from './run-config';
import { type TrainingExamples, testExamples, trainingExamples } from './run-examples';

export interface PipelineRun {
  readonly directory: RunDirectory<RunConfig>;
  readonly dataset: Dataset;
  readonly console: Bench['console'];
  readonly signal: AbortSignal;
}

/** A model of the run. */
export type Entry = { readonly key: string; readonly defence: Defence; readonly seed: number };

/** Seed by seed: what is there of an unfinished run is then a whole one of fewer seeds. */
export function entriesOf({ threat, defences, seeds }: RunConfig): readonly Entry[] {
  const named = defencesFor(threatOf(threat), defences);
  return seeds.flatMap((seed) => named.map((defence) => ({ key: modelKey(defence.name, seed, seeds), defence, seed })));
}

/** Rejects with code `aborted` when the signal fires. A training that diverges is recorded, and the others go on. */
export async function runUnits(run: PipelineRun & { readonly mine: (index: number) => boolean }): Promise<void> {
  const { directory, console, signal, mine } = run;
  const { config } = directory;
  const dataset = await prepareDataset(run.dataset, config, signal);
  const all = await dataset.load('train');
  const test = await testExamples(dataset, config.sizes);
  const drawn = new Map<number, TrainingExamples>();
  for (const [index, entry] of entriesOf(config).entries()) {
    if (!mine(index)) continue;
    // Once a seed: what was fitted to the inputs is known by them.
    const examples = drawn.get(entry.seed) ?? trainingExamples(all, config.sizes, entry.seed);
    drawn.set(entry.seed, examples);
    const bench = { directory, console, signal, train: examples.labelled, test: test.attacked, threat: threatOf(config.threat) };
    // From few labels the figure is the test error, and the published ones are of the whole test set.
    const whole = config.task === 'semi-supervised' ? { wholeTest: test.all } : {};
    await attemptUnit(planOf(entry, config, dataset.card, examples, signal), { ...bench, ...whole });
  }
}

function planOf(
  entry: Entry,
  config: RunConfig,
  card: DatasetCard,
  { inputs, unlabelled }: TrainingExamples,
  signal: AbortSignal,
): UnitPlan {
  const { key, defence, seed } = entry;
  const { sizes, training, model } = config;
  const { epochs, stepsPerEpoch, batchSize, attacks, audit } = sizes;
  return {
    key,
    defence,
    seed,
    epochs,
    batchSize,
    training: trainingNamed(training),
    attacks,
    attackSeed: seed,
    ...(audit ? { audit } : {}),
    build: async (from) => {
      const preprocessing = await preprocessingNamed(training.preprocessing)(inputs, signal);
      const { shape: inputShape, classes, bounds } = card;
      const place = { inputShape, classes, bounds, seed: from, name: defence.name };
      return modelNamed(model, preprocessing ? { ...place, preprocessing } : place);
    },
    ...(stepsPerEpoch === null ? {} : { stepsPerEpoch }),
    ...(unlabelled ? { unlabelled } : {}),
  };
}
