/** `groundstate evaluate`: any tfjs-layers model under any of our attacks. With a folder it can be left and continued. */
import { basename, resolve } from 'node:path';
import { type Dataset, expected } from '@groundstate/core';
import type { LayersClassifier } from '@groundstate/models';
import { loadModelFromDirectory } from '@groundstate/models/node';
import { type Collector, createCollector } from '../adversarial/collector';
import { refuseExisting, saveAdversarial } from '../adversarial/saved-adversarial';
import { type Assessment, assess } from '../assess';
import { chooseBackendAloud } from '../backend/choose-backend';
import { checkModel } from '../check-model';
import { collectResults } from '../collect-results';
import { evaluateDefaults } from '../config/defaults';
import { type EvaluateRequest, evaluateRequest } from '../config/evaluate-request';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { checkSeal, sealed } from '../config/sealed';
import { attackLines } from '../console/attack-lines';
import type { Output } from '../console/output';
import { quoted } from '../console/quoted';
import { resultsTable } from '../console/table';
import { defenceRow } from '../defence-row';
import { type Environment, environment } from '../environment';
import { findingLines } from '../findings';
import { interruptible } from '../interrupt';
import { digestOfModel } from '../model-digest';
import { datasetNamed } from '../registry/datasets';
import { countParameters } from '../registry/models';
import { createRun, type RunDirectory, refuseUsed, resumeRun } from '../run-directory';
import { digestOf, testImages } from '../test-images';
import { threatOf } from '../threat';
import { seconds } from '../unit/plan';
import { checkAttacks, dataOf, onlyResume, readOnce, usualData } from './run-folder';

export interface EvaluateFlags extends ConfigFlags {
  readonly model?: string;
  readonly dataset?: string;
  readonly data?: string;
  readonly norm?: string;
  readonly epsilon?: string;
  readonly attack?: readonly string[];
  readonly survivorsOnly?: boolean;
  readonly bits?: string;
  readonly limit?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly saveAdversarial?: string;
  readonly backend?: string;
  readonly seed?: string;
}

const places = {
  model: 'model',
  dataset: 'dataset',
  data: 'data',
  norm: 'threat.norm',
  epsilon: 'threat.epsilon',
  attack: 'attacks',
  survivorsOnly: 'survivorsOnly',
  bits: 'bits',
  limit: 'limit',
  out: 'out',
  saveAdversarial: 'saveAdversarial',
  backend: 'backend',
  seed: 'seed',
};

/** What was asked for, the backend found. */
type Kept = Omit<EvaluateRequest, 'out' | 'saveAdversarial'>;

export type EvaluateConfig = Environment & {
  readonly schema: 'groundstate/config@1';
  readonly pipeline: 'evaluate';
  readonly request: Kept;
  readonly saveAdversarial: string | null;
  /** Digest of the model: an evaluation goes on with the one it was begun with. */
  readonly weights: string;
  readonly fingerprint?: string;
};

/** One evaluation, wherever it stands. */
type Evaluation = {
  readonly request: Kept;
  readonly saveAdversarial: string | null;
  readonly dataset: Dataset;
  readonly model: LayersClassifier;
  readonly directory?: RunDirectory<EvaluateConfig>;
};

export async function readEvaluateRequest(flags: EvaluateFlags): Promise<EvaluateRequest> {
  const defaults = { ...evaluateDefaults, threat: {}, data: await usualData() };
  return readRequest(evaluateRequest, { owner: 'evaluate', pipeline: 'evaluate', defaults, flags, places, preset: dataOf });
}

export async function evaluateModel(flags: EvaluateFlags, output: Output): Promise<void> {
  onlyResume('evaluate', flags);
  if (flags.resume !== undefined) return resumeEvaluation(flags.resume, output);
  const { out, saveAdversarial: target, ...request } = await readEvaluateRequest(flags);
  checkAttacks('evaluate', request.attacks, threatOf(request.threat));
  if (out !== null) await refuseUsed(out);
  if (target !== null) await refuseExisting(target);
  const dataset = readOnce(await datasetNamed(request.dataset, { owner: 'evaluate', data: request.data }));
  const { console } = output;
  const backend = await chooseBackendAloud(request.backend, console.say);
  const model = await loadModelFromDirectory(request.model);
  try {
    checkModel('evaluate', request.model, model, dataset.card);
    const evaluation = { request: { ...request, backend }, saveAdversarial: target, dataset, model };
    await limitOf(evaluation);
    if (out === null) return await evaluateNow(evaluation, output);
    const config: EvaluateConfig = {
      schema: 'groundstate/config@1',
      pipeline: 'evaluate',
      request: evaluation.request,
      saveAdversarial: target,
      weights: await digestOfModel(model),
      ...environment(output.command),
    };
    await inFolder({ ...evaluation, directory: await createRun(out, sealed(config), console.say) }, output);
  } finally {
    model.dispose();
  }
}

async function resumeEvaluation(folder: string, output: Output): Promise<void> {
  const { say } = output.console;
  const directory = await resumeRun<EvaluateConfig>(folder, 'evaluate', say);
  try {
    checkSeal('--resume', directory);
    const { request, saveAdversarial, weights } = directory.config;
    const dataset = readOnce(await datasetNamed(request.dataset, { owner: 'evaluate', data: request.data }));
    await chooseBackendAloud(request.backend, say);
    const model = await loadModelFromDirectory(request.model);
    try {
      if ((await digestOfModel(model)) !== weights) {
        throw expected('--resume', request.model, 'the model that the evaluation was begun with', 'another', 'Evaluate this one anew.');
      }
      await inFolder({ request, saveAdversarial, dataset, model, directory }, output);
    } finally {
      model.dispose();
    }
  } finally {
    await directory.release();
  }
}

async function inFolder(evaluation: Required<Evaluation>, output: Output): Promise<void> {
  try {
    await evaluateNow(evaluation, output);
  } finally {
    await evaluation.directory.release();
  }
}

async function limitOf({ request, dataset }: Pick<Evaluation, 'request' | 'dataset'>): Promise<number> {
  const { size } = await dataset.load('test');
  const limit = request.limit ?? size;
  if (limit > size) throw expected('evaluate', '--limit', `at most ${size}, the size of the test set`, limit);
  return limit;
}

async function evaluateNow(evaluation: Evaluation, output: Output): Promise<void> {
  const { request, dataset, model, directory, saveAdversarial: target } = evaluation;
  const { console } = output;
  const { seed, attacks, survivorsOnly, bits, backend } = request;
  const { signal, release } = interruptible(console);
  try {
    const limit = await limitOf(evaluation);
    const all = await dataset.load('test');
    const name = basename(resolve(request.model));
    const task = console.task(`${name}: attacking ${limit} images`);
    const start = Date.now();
    const collector = target === null ? undefined : createCollector(directory?.adversarial(name));
    const options: Assessment = {
      ...{ threat: threatOf(request.threat), attacks, seed, signal, task, survivorsOnly },
      ...(bits === null ? {} : { bits }),
      ...(collector ? { onBatch: collector.see } : {}),
      ...(directory ? await continued(directory, name) : {}),
    };
    const report = await assess(model, testImages(all, limit), options).catch((cause: unknown) => {
      task.fail(`${name}: stopped`);
      if (signal.aborted && directory) console.say(`To go on: groundstate evaluate --resume ${quoted(directory.path)}`);
      throw cause;
    });
    task.finish(`${name}: done`);
    const row = defenceRow({ name, objective: null, adversary: null, gradientEvaluations: null }, report, request.threat);
    const setting = {
      pipeline: 'evaluate',
      task: 'supervised',
      dataset: { name: dataset.card.name, source: dataset.card.source, train: 0, test: limit, digest: await digestOf(all) },
      labels: null,
      model: { spec: null, parameters: countParameters(model) },
      backend,
      seeds: [seed],
      threat: request.threat,
      visits: null,
      ...(survivorsOnly ? { cascade: attacks } : {}),
    } as const;
    const { results, outcomes } = collectResults(setting, [{ seed, row, outcomes: report.values.outcomes }]);
    // First: a disk that is full by now must not cost the answer too.
    output.answer([resultsTable(results), ...attackLines(row), ...findingLines(results, null)].join('\n'), results);
    if (target !== null) await saveImages(target, collector!, evaluation, output);
    if (!directory) return;
    const timings = { unit: 'seconds', note, defences: { [name]: { evaluation: seconds(start) } } };
    await directory.finish(results, timings, { 'outcomes.json': outcomes });
    console.say(`Results are in ${directory.path}`);
  } finally {
    release();
  }
}

const note = 'seconds of the process that finished it; time spent before an interruption is not counted';

async function continued(directory: RunDirectory<EvaluateConfig>, name: string): Promise<Partial<Assessment>> {
  const cursor = await directory.cursor(name);
  return {
    ...(cursor ? { cursor } : {}),
    onCursor: (next) => directory.saveCursor(name, next),
    store: directory.verdicts(name),
  };
}

async function saveImages(path: string, collector: Collector, { request, dataset, model }: Evaluation, output: Output): Promise<void> {
  // Somebody else may have been faster.
  await refuseExisting(path);
  const { norm, epsilon } = request.threat;
  const images = await collector.collected([...new Set(request.attacks)], model.inputShape);
  await saveAdversarial(path, { ...images, about: { norm, epsilon, dataset: dataset.card.name, model: basename(resolve(request.model)) } });
  output.console.say(`adversarial images: ${path}`);
}
