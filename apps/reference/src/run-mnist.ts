/** The MNIST pipeline: every defence trained on the same data from the same weights, attacked alike, laid side by side. */
import { existsSync } from 'node:fs';
import {
  type Dataset,
  type Defence,
  type Examples,
  l1,
  l2,
  linf,
  type Norm,
  order,
  pieces,
  subset,
  type ThreatModel,
} from '@groundstate/core';
import { convnet, type LayersClassifier } from '@groundstate/models';
import { loadModelFromDirectory, saveModelToDirectory } from '@groundstate/models/node';
import { fit } from '@groundstate/training';
import { assess } from './assess';
import type { Console } from './console/progress';
import { defencesFor, describeAdversary } from './defences';
import { firstExamples } from './first-examples';
import type { Preset, PresetName } from './presets';
import { type DefenceRow, defenceRow, type Results, resultsSchema } from './results';
import type { RunDirectory, Timing, Unit } from './run-directory';

export const norms: Readonly<Record<string, () => Norm>> = { linf, l2, l1 };

/** config.json: everything that decides the results, and what it ran on. */
export type MnistConfig = {
  readonly schema: 'groundstate/config@1';
  readonly pipeline: 'mnist';
  readonly preset: PresetName;
  /** The numbers behind the preset, so that a later version of it changes nothing here. */
  readonly sizes: Preset;
  readonly seed: number;
  readonly backend: string;
  /** The folder the data came from; null for synthetic digits. */
  readonly data: string | null;
  readonly threat: { readonly norm: string; readonly epsilon: number };
  readonly environment: { readonly groundstate: string; readonly tensorflow: string; readonly node: string; readonly platform: string };
  readonly command: string;
};

export interface MnistRun {
  readonly directory: RunDirectory<MnistConfig>;
  readonly dataset: Dataset;
  readonly console: Console;
  readonly signal: AbortSignal;
}

/** Rejects with code `aborted` when the signal fires; the folder then holds all that a continuation needs. */
export async function runMnist({ directory, dataset, console, signal }: MnistRun): Promise<Results> {
  const { sizes, seed, threat: named, backend } = directory.config;
  const threat: ThreatModel = { norm: norms[named.norm]!(), epsilon: named.epsilon };
  const all = await dataset.load('train');
  const train = sizes.train < all.size ? subset(all, order(all.size, { seed, epoch: 0 }).slice(0, sizes.train)) : all;
  const test = firstExamples(await dataset.load('test'), sizes.test);
  const rows: DefenceRow[] = [];
  const timings: Record<string, Timing> = {};
  for (const defence of defencesFor(threat)) {
    const unit = await completeUnit(defence, { directory, dataset, console, signal, train, test, threat });
    rows.push(unit.row!);
    timings[defence.name] = { training: unit.training, evaluation: unit.evaluation! };
  }
  const results: Results = {
    schema: resultsSchema,
    dataset: { name: dataset.card.name, source: dataset.card.source, train: train.size, test: test.size },
    backend,
    seed,
    threat: named,
    defences: rows,
  };
  const total = Object.values(timings).reduce((sum, { training, evaluation }) => sum + training + evaluation, 0);
  const note = 'seconds of the processes that finished each part; time spent before an interruption is not counted';
  await directory.finish(results, { unit: 'seconds', note, total, defences: timings });
  return results;
}

type Bench = MnistRun & { readonly train: Examples; readonly test: Examples; readonly threat: ThreatModel };

/** Trains and attacks one defence, from wherever an earlier process left it. */
async function completeUnit(defence: Defence, bench: Bench): Promise<Unit> {
  const { directory, console, test, threat, signal } = bench;
  const { name } = defence;
  let unit = await directory.unit(name);
  if (unit?.row) {
    console.say(`${name}: finished earlier`);
    return unit;
  }
  let model: LayersClassifier;
  if (unit) model = await loadModelFromDirectory(directory.model(name));
  else {
    model = convnet({ seed: directory.config.seed, name });
    unit = await trainUnit(defence, model, bench);
  }
  try {
    const task = console.task(`${name}: attacking`);
    const start = Date.now();
    const cursor = await directory.cursor(name);
    const { attacks } = directory.config.sizes;
    const save = (next: NonNullable<typeof cursor>): Promise<void> => directory.saveCursor(name, next);
    const options = { threat, attacks, seed: directory.config.seed, signal, task, onCursor: save };
    try {
      const report = await assess(model, test, cursor ? { ...options, cursor } : options);
      const about = {
        name,
        objective: defence.objective.name,
        adversary: describeAdversary(defence),
        gradientEvaluations: unit.gradientEvaluations,
      };
      unit = { ...unit, row: defenceRow(about, report, directory.config.threat), evaluation: seconds(start) };
      task.finish(`${name}: attacked in ${unit.evaluation} s`);
    } catch (cause) {
      task.fail(`${name}: stopped while attacking`);
      throw cause;
    }
  } finally {
    model.dispose();
  }
  await directory.saveUnit(name, unit);
  return unit;
}

async function trainUnit(defence: Defence, model: LayersClassifier, { directory, console, train, signal }: Bench): Promise<Unit> {
  const { name } = defence;
  const { sizes, seed } = directory.config;
  const checkpoints = directory.checkpoints(name);
  const { checkpoint: resume, passedOver } = await checkpoints.load();
  for (const line of passedOver) console.say(line);
  if (resume) console.say(`${name}: continuing after step ${resume.history.steps}`);
  const task = console.task(`${name}: training`);
  const start = Date.now();
  try {
    const history = await fit(model, train, defence, {
      epochs: sizes.epochs,
      batchSize: sizes.batchSize,
      seed,
      learningRate: pieces([0, 1e-3], [0.75, 1e-4]),
      signal,
      onCheckpoint: checkpoints.save,
      onProgress: ({ step, steps, epoch, epochs, terms }) => {
        const losses = Object.entries(terms).map(([term, value]) => `${term} ${value.toFixed(3)}`);
        task.at(step, steps, `epoch ${epoch}/${epochs}  ${losses.join('  ')}`);
      },
      ...(resume ? { resume } : {}),
    });
    // Written before the unit says that it is trained; a crash in between finds the model and replaces it.
    await saveModelToDirectory(model, directory.model(name), { overwrite: existsSync(directory.model(name)) });
    const unit = { gradientEvaluations: history.backwards, training: seconds(start) };
    await directory.saveUnit(name, unit);
    task.finish(`${name}: trained in ${unit.training} s`);
    return unit;
  } catch (cause) {
    task.fail(`${name}: stopped while training`);
    model.dispose();
    throw cause;
  }
}

const seconds = (start: number): number => Math.round((Date.now() - start) / 100) / 10;
