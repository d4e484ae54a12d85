/**
 * One model of a run: trained, saved, attacked, from wherever an earlier process left it. Every pipeline is made of these.
 */
import { existsSync } from 'node:fs';
import { type Defence, type Examples, GroundstateError, pieces, type ThreatModel } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import { convnet, type LayersClassifier } from '@groundstate/models';
import { loadModelFromDirectory, saveModelToDirectory } from '@groundstate/models/node';
import { fit } from '@groundstate/training';
import { assess } from './assess';
import type { Console } from './console/progress';
import { describeAdversary } from './defences';
import { defenceRow } from './results';
import type { RunDirectory, Unit } from './run-directory';

export interface UnitPlan {
  /** Its folder in the run; may have slashes. */
  readonly key: string;
  readonly defence: Defence;
  /** Of the weights, the order of the data and every draw. */
  readonly seed: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** A tenth of it for the last quarter of the training. */
  readonly learningRate: number;
  /** As `--attack` takes them. */
  readonly attacks: readonly string[];
  /** What the attacks draw from. */
  readonly attackSeed: number;
}

export interface Bench {
  readonly directory: RunDirectory<unknown>;
  readonly console: Console;
  readonly signal: AbortSignal;
  readonly train: Examples;
  readonly test: Examples;
  readonly threat: ThreatModel;
}

/** Steps between two checkpoints: what a kill can cost. */
const checkpointEvery = 100;

/** Rejects with `aborted` when the signal fires, and with `diverged`; the folder then holds all that a continuation needs. */
export async function completeUnit(plan: UnitPlan, bench: Bench): Promise<Unit> {
  const { directory, console } = bench;
  const earlier = await directory.unit(plan.key);
  if (earlier?.row) {
    console.say(`${plan.key}: finished earlier`);
    return earlier;
  }
  let model: LayersClassifier;
  let unit = earlier;
  if (unit) model = await loadModelFromDirectory(directory.model(plan.key));
  else {
    model = convnet({ seed: plan.seed, name: plan.defence.name });
    unit = await trainUnit(plan, model, bench);
  }
  try {
    const attacked = await attackUnit(plan, model, unit, bench);
    await directory.saveUnit(plan.key, attacked);
    return attacked;
  } finally {
    model.dispose();
  }
}

/** The same where a training that diverges is a result, to be recorded as one: in trials and comparisons. */
export async function attemptUnit(plan: UnitPlan, bench: Bench): Promise<void> {
  if ((await bench.directory.unit(plan.key))?.diverged) return;
  try {
    await completeUnit(plan, bench);
  } catch (cause) {
    if (!GroundstateError.is(cause) || cause.code !== 'diverged') throw cause;
    await bench.directory.saveUnit(plan.key, { gradientEvaluations: 0, training: 0, diverged: cause.message });
  }
}

async function attackUnit(plan: UnitPlan, model: LayersClassifier, unit: Unit, bench: Bench): Promise<Unit> {
  const { directory, console, test, threat, signal } = bench;
  const { key, defence } = plan;
  const task = console.task(`${key}: attacking`);
  const start = Date.now();
  const cursor = await directory.cursor(key);
  const save = (next: NonNullable<typeof cursor>): Promise<void> => directory.saveCursor(key, next);
  const options = { threat, attacks: plan.attacks, seed: plan.attackSeed, signal, task, onCursor: save };
  try {
    const report = await assess(model, test, cursor ? { ...options, cursor } : options);
    const about = {
      name: defence.name,
      objective: defence.objective.name,
      adversary: describeAdversary(defence),
      gradientEvaluations: unit.gradientEvaluations,
    };
    const row = defenceRow(about, report, { norm: threat.norm.name, epsilon: threat.epsilon });
    const evaluation = seconds(start);
    task.finish(`${key}: attacked in ${evaluation} s`);
    return { ...unit, row, outcomes: report.values.outcomes as Outcomes, evaluation };
  } catch (cause) {
    task.fail(`${key}: stopped while attacking`);
    throw cause;
  }
}

async function trainUnit(plan: UnitPlan, model: LayersClassifier, { directory, console, train, signal }: Bench): Promise<Unit> {
  const { key, defence, epochs, batchSize, seed, learningRate } = plan;
  const checkpoints = directory.checkpoints(key);
  const { checkpoint: resume, passedOver } = await checkpoints.load();
  for (const line of passedOver) console.say(line);
  if (resume) console.say(`${key}: continuing after step ${resume.history.steps}`);
  const task = console.task(`${key}: training`);
  const start = Date.now();
  try {
    const history = await fit(model, train, defence, {
      epochs,
      batchSize,
      seed,
      learningRate: pieces([0, learningRate], [0.75, learningRate / 10]),
      signal,
      checkpointEvery,
      onCheckpoint: checkpoints.save,
      onProgress: ({ step, steps, epoch, terms }) => {
        const losses = Object.entries(terms).map(([term, value]) => `${term} ${value.toFixed(3)}`);
        task.at(step, steps, `epoch ${epoch}/${epochs}  ${losses.join('  ')}`);
      },
      ...(resume ? { resume } : {}),
    });
    // Written before the unit says that it is trained; a crash in between finds the model and replaces it.
    await saveModelToDirectory(model, directory.model(key), { overwrite: existsSync(directory.model(key)) });
    const unit = { gradientEvaluations: history.backwards, training: seconds(start) };
    await directory.saveUnit(key, unit);
    task.finish(`${key}: trained in ${unit.training} s`);
    return unit;
  } catch (cause) {
    const diverged = GroundstateError.is(cause) && cause.code === 'diverged';
    task.fail(`${key}: ${diverged ? 'diverged' : 'stopped'} while training`);
    model.dispose();
    throw cause;
  }
}

const seconds = (start: number): number => Math.round((Date.now() - start) / 100) / 10;
