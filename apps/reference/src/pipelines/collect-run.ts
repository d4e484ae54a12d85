/** What a run found, once all of its models are done, by whichever processes. */
import { createHash } from 'node:crypto';
import { batches, type Dataset, type Examples, GroundstateError } from '@groundstate/core';
import { type Audit, auditSchema, type DefenceAudit } from '../audit/audit';
import { collectResults, type MeasuredModel } from '../collect-results';
import { seedKey } from '../model-key';
import { countParameters, modelNamed } from '../registry/models';
import type { Diverged, Labels, Results, RunSetting } from '../results';
import type { Timing } from '../run-directory';
import { digestOf } from '../test-images';
import { prepareDataset } from './prepare-dataset';
import type { RunConfig } from './run-config';
import { testExamples, trainingExamples } from './run-examples';
import { entriesOf, type PipelineRun } from './run-units';

const note = 'seconds of the processes that finished each part; time spent before an interruption is not counted';

/** Writes all of it into the folder, results.json last, and releases the folder. */
export async function finishRun({ directory, dataset, signal }: Omit<PipelineRun, 'console'>): Promise<Results> {
  const { config } = directory;
  const models: MeasuredModel[] = [];
  const diverged: Diverged[] = [];
  const audits: DefenceAudit[] = [];
  const timings: Record<string, Timing> = {};
  for (const { key, defence, seed } of entriesOf(config)) {
    const unit = await directory.unit(key);
    if (unit?.diverged) {
      diverged.push({ name: defence.name, seed, reason: unit.diverged });
      continue;
    }
    const audit = await directory.audit(key);
    if (!unit?.row || !unit.outcomes || (!audit && config.sizes.audit)) {
      throw new GroundstateError('not-found', `run: expected \`${key}\` to be finished, found it is not.`);
    }
    const { row, outcomes, wholeOutcomes } = unit;
    models.push({ seed, row, outcomes, ...(wholeOutcomes ? { wholeOutcomes } : {}) });
    if (audit) audits.push({ ...audit, seed });
    timings[key] = { training: unit.training, evaluation: unit.evaluation!, audit: unit.audit ?? 0 };
  }
  const { results, outcomes, cleanOutcomes } = collectResults(
    await settingOf(config, await prepareDataset(dataset, config, signal)),
    models,
    diverged,
  );
  const audit: Audit = { schema: auditSchema, defences: audits };
  const total = Object.values(timings).reduce((sum, each) => sum + each.training + each.evaluation + each.audit!, 0);
  await directory.finish(
    results,
    { unit: 'seconds', note, total, defences: timings },
    {
      'outcomes.json': outcomes,
      ...(config.sizes.audit ? { 'audit.json': audit } : {}),
      ...(cleanOutcomes ? { 'clean-outcomes.json': cleanOutcomes } : {}),
    },
  );
  return results;
}

async function settingOf(config: RunConfig, dataset: Dataset): Promise<RunSetting> {
  const { pipeline, task, backend, seeds, threat, sizes, model: spec } = config;
  const { name, source, shape: inputShape, classes, bounds } = dataset.card;
  const all = await dataset.load('train');
  const test = await testExamples(dataset, sizes);
  const train = Math.min(sizes.train, all.size);
  const model = modelNamed(spec, { inputShape, classes, bounds, seed: config.seed });
  const parameters = countParameters(model);
  model.dispose();
  return {
    pipeline,
    task,
    dataset: { name, source, train, test: test.attacked.size, digest: await digestOf(test.all) },
    labels: sizes.labels === null ? null : await labelsOf(all, config, sizes.labels),
    model: { spec, parameters },
    backend,
    seeds,
    threat,
    visits: task === 'supervised' ? visitsOf(sizes, train) : null,
  };
}

async function labelsOf(all: Examples, { sizes, seeds }: RunConfig, count: number): Promise<Labels> {
  const digests: Record<string, string> = {};
  for (const seed of seeds) digests[seedKey(seed)] = await digestOfIds(trainingExamples(all, sizes, seed).labelled);
  return { count, digests };
}

/** SHA-256 of the ids in rising order, as text with commas. */
async function digestOfIds(examples: Examples): Promise<string> {
  const found: number[] = [];
  for await (const { ids, inputs, labels } of batches(examples, { size: 500 })) {
    found.push(...ids);
    inputs.dispose();
    labels.dispose();
  }
  return createHash('sha256')
    .update(found.sort((a, b) => a - b).join(','))
    .digest('hex');
}

/** How many images are looked at in all: epochs of a given number of steps go round the data in turns, whose last batch may be short. */
function visitsOf({ epochs, stepsPerEpoch, batchSize }: RunConfig['sizes'], train: number): number {
  if (stepsPerEpoch === null) return epochs * train;
  const turn = Math.ceil(train / batchSize);
  const steps = epochs * stepsPerEpoch;
  return Math.floor(steps / turn) * train + (steps % turn) * batchSize;
}
