/**
 * The folder of a run: config.json, models/<defence>/, logs/<defence>/, samples/<defence>/, and at the end results.json,
 * outcomes.json, audit.json, timings.json and report.html. While it runs, work/ holds a file for every finished defence,
 * checkpoints and cursors, so that it can be left and continued at any time.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expected, GroundstateError } from '@groundstate/core';
import type { EvaluationCursor, Outcomes, VerdictStore } from '@groundstate/metrics';
import type { History } from '@groundstate/training';
import { type CheckpointDirectory, checkpointDirectory } from '@groundstate/training/node';
import { verdictFiles } from './adversarial/verdict-files';
import type { DefenceAudit } from './audit/audit';
import { quoted } from './console/quoted';
import { readJson, readRecord, unwritable, writeJson } from './json-file';
import { clearLeftovers } from './leftovers';
import type { DefenceRow } from './results';
import { isLockFile, isWorker, lockRun, type RunLock } from './run-lock';

/** Seconds of one defence. */
export type Timing = { readonly training: number; readonly evaluation: number; readonly audit?: number };
/** A model that is trained, and perhaps attacked. */
export type Unit = {
  readonly gradientEvaluations: number;
  readonly training: number;
  /** What the training did; not where it came to no end. */
  readonly history?: History;
  readonly row?: DefenceRow;
  /** Of every attacked image; as `outcomes` gives it. */
  readonly outcomes?: Outcomes;
  /** Of every image of the whole test set, clean; where that is measured. */
  readonly wholeOutcomes?: Outcomes;
  readonly evaluation?: number;
  /** Seconds of the audit, once it is saved. */
  readonly audit?: number;
  /** Why the training came to no end, where it did not. */
  readonly diverged?: string;
};

export interface RunDirectory<Config> {
  readonly path: string;
  readonly config: Config;
  model(key: string): string;
  /** The folder of its events.jsonl and its TensorBoard files. */
  logs(key: string): string;
  /** The folder of its gallery, and that folder's name relative to the run's. */
  samples(key: string): { readonly path: string; readonly relative: string };
  checkpoints(key: string): CheckpointDirectory;
  unit(key: string): Promise<Unit | undefined>;
  saveUnit(key: string, unit: Unit): Promise<void>;
  cursor(key: string): Promise<EvaluationCursor | undefined>;
  saveCursor(key: string, cursor: EvaluationCursor): Promise<void>;
  /** What attacks found on the batch at which the cursor stands. */
  verdicts(key: string): VerdictStore;
  /** The folder of the adversarial examples that are to be saved in one file at the end. */
  adversarial(key: string): string;
  audit(key: string): Promise<DefenceAudit | undefined>;
  saveAudit(key: string, audit: DefenceAudit): Promise<void>;
  /** Writes the results last, after `others` by file name, removes what only a continuation would need, and releases the folder. */
  finish(results: object, timings: object, others?: Readonly<Record<string, object>>): Promise<void>;
  /** Lets other processes work in it; the end of this process does so too. Without effect the second time. */
  release(): Promise<void>;
}

type Say = (line: string) => void;
const aloud: Say = (line) => void process.stderr.write(`${line}\n`);

/** A new run in a new or empty folder, which this process holds from now on. `say` is told what was found and mended on the way. */
export async function createRun<Config>(path: string, config: Config, say: Say = aloud): Promise<RunDirectory<Config>> {
  // Before anything is touched, and again when nobody else can get in.
  await refuseUsed(path);
  await mkdir(path, { recursive: true }).catch(async (cause: unknown) => {
    throw await unwritable('--out', path, cause);
  });
  const lock = await lockRun('--out', path, say);
  try {
    await refuseUsed(path);
    await writeJson(join(path, 'config.json'), config);
    return runAt(path, config, lock);
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}

/** What `createRun` refuses first; to be asked before work is put into a run. */
export async function refuseUsed(path: string): Promise<void> {
  const present = await readdir(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    if (cause.code === 'ENOTDIR')
      throw new GroundstateError(
        'invalid-argument',
        `--out: expected \`${path}\` to be a new or empty folder, got a file, or a place below one.`,
      );
    throw new GroundstateError('io', `--out: expected \`${path}\` to be a readable folder, got ${cause.message}.`, { cause });
  });
  const files = present.filter((name) => !isLockFile(name));
  if (files.length > 0) {
    const advice = files.includes('results.json')
      ? 'It holds a finished run, which is never overwritten: choose another folder.'
      : files.includes('config.json')
        ? `It holds a run that is not finished: continue it with --resume ${quoted(path)}, or choose another folder.`
        : 'Choose an empty folder or a new one.';
    throw new GroundstateError(
      'invalid-argument',
      `--out: expected \`${path}\` to be a new or empty folder, got one with ${files.length} ${files.length === 1 ? 'file' : 'files'}. ${advice}`,
    );
  }
}

/** A run of this pipeline that was left before its end, held as `createRun` does. */
export async function resumeRun<Config extends { readonly pipeline: string }>(
  path: string,
  pipeline: Config['pipeline'],
  say: Say = aloud,
): Promise<RunDirectory<Config>> {
  const config = await readConfig<Config>('--resume', path, pipeline);
  await refuseFinished(path);
  const lock = await lockRun('--resume', path, say);
  try {
    // Its end may have been waited for.
    await refuseFinished(path);
    // A worker comes after the process that started it, which has done so.
    if (lock.fresh && !isWorker) await clearLeftovers(path, say);
    return runAt(path, config, lock);
  } catch (cause) {
    await lock.release();
    throw cause;
  }
}

async function refuseFinished(path: string): Promise<void> {
  if (!(await readJson(join(path, 'results.json')))) return;
  throw new GroundstateError(
    'invalid-argument',
    `--resume: expected \`${path}\` to be an unfinished run, got a finished one. Its table is in results.json.`,
  );
}

/** What a run of this pipeline was made with. */
export async function readConfig<Config extends { readonly pipeline: string }>(
  option: string,
  path: string,
  pipeline: Config['pipeline'],
): Promise<Config> {
  const config = await readRecord<Config>(join(path, 'config.json'), "a run's config.json", (found) => typeof found.pipeline === 'string');
  if (!config)
    throw new GroundstateError('not-found', `${option}: expected \`${path}\` to be the folder of a run, got no config.json in it.`);
  if (config.pipeline !== pipeline) {
    throw expected(option, path, `the folder of a run of ${pipeline}`, config.pipeline, 'Each command continues its own runs.');
  }
  return config;
}

function runAt<Config>(path: string, config: Config, lock: RunLock): RunDirectory<Config> {
  const work = (key: string, file: string): string => join(path, 'work', key, file);
  return {
    path,
    config,
    model: (key) => join(path, 'models', key),
    logs: (key) => join(path, 'logs', key),
    samples: (key) => ({ path: join(path, 'samples', key), relative: `samples/${key}` }),
    checkpoints: (key) => checkpointDirectory(work(key, 'checkpoints')),
    unit: (key) => readRecord<Unit>(work(key, 'unit.json'), 'the state of a model of a run', isUnit),
    saveUnit: (key, unit) => writeJson(work(key, 'unit.json'), unit),
    cursor: (key) => readRecord<EvaluationCursor>(work(key, 'cursor.json'), 'the cursor of an evaluation', isCursor),
    saveCursor: (key, cursor) => writeJson(work(key, 'cursor.json'), cursor),
    verdicts: (key) => verdictFiles(work(key, 'verdicts')),
    adversarial: (key) => work(key, 'adversarial'),
    audit: (key) => readRecord<DefenceAudit>(work(key, 'audit.json'), 'the audit of a model', isAudit),
    saveAudit: (key, audit) => writeJson(work(key, 'audit.json'), audit),
    finish: async (results, timings, others = {}) => {
      for (const [file, value] of Object.entries(others)) await writeJson(join(path, file), value);
      await writeJson(join(path, 'timings.json'), timings);
      await writeJson(join(path, 'results.json'), results);
      await rm(join(path, 'work'), { recursive: true, force: true });
      await lock.release();
    },
    release: () => lock.release(),
  };
}

const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null;
const isUnit = ({ gradientEvaluations, training }: Partial<Unit>): boolean =>
  typeof gradientEvaluations === 'number' && typeof training === 'number';
const isCursor = ({ examples, states, passes }: Partial<EvaluationCursor>): boolean =>
  typeof examples === 'number' && isRecord(states) && isRecord(passes);
const isAudit = ({ name, budgets }: Partial<DefenceAudit>): boolean => typeof name === 'string' && Array.isArray(budgets);
