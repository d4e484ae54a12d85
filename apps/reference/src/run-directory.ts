/**
 * The folder of a run: config.json, models/<defence>/, logs/<defence>/, samples/<defence>/, and at the end results.json,
 * outcomes.json, audit.json, timings.json and report.html. While it runs, work/ holds a file for every finished defence,
 * checkpoints and cursors, so that it can be left and continued at any time.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expected, GroundstateError } from '@groundstate/core';
import type { EvaluationCursor, Outcomes } from '@groundstate/metrics';
import { type CheckpointDirectory, checkpointDirectory } from '@groundstate/training/node';
import type { DefenceAudit } from './audit/audit';
import { readJson, writeJson } from './json-file';
import type { DefenceRow } from './results';

/** Seconds of one defence. */
export type Timing = { readonly training: number; readonly evaluation: number };
/** A model that is trained, and perhaps attacked. */
export type Unit = {
  readonly gradientEvaluations: number;
  readonly training: number;
  readonly row?: DefenceRow;
  /** Of every attacked image; as `outcomes` gives it. */
  readonly outcomes?: Outcomes;
  readonly evaluation?: number;
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
  audit(key: string): Promise<DefenceAudit | undefined>;
  saveAudit(key: string, audit: DefenceAudit): Promise<void>;
  /** Writes the results last, after `others` by file name, and removes what only a continuation would need. */
  finish(results: object, timings: object, others?: Readonly<Record<string, object>>): Promise<void>;
}

/** A new run in a new or empty folder. */
export async function createRun<Config>(path: string, config: Config): Promise<RunDirectory<Config>> {
  await mkdir(path, { recursive: true });
  const files = await readdir(path);
  if (files.length > 0) {
    const advice = files.includes('results.json')
      ? 'It holds a finished run, which is never overwritten: choose another folder.'
      : files.includes('config.json')
        ? `It holds a run that is not finished: continue it with --resume ${path}, or choose another folder.`
        : 'Choose an empty folder or a new one.';
    throw new GroundstateError(
      'invalid-argument',
      `--out: expected \`${path}\` to be a new or empty folder, got one with ${files.length} files. ${advice}`,
    );
  }
  await writeJson(join(path, 'config.json'), config);
  return runAt(path, config);
}

/** A run of this pipeline that was left before its end. */
export async function resumeRun<Config extends { readonly pipeline: string }>(
  path: string,
  pipeline: Config['pipeline'],
): Promise<RunDirectory<Config>> {
  const config = await readConfig<Config>('--resume', path, pipeline);
  if (await readJson(join(path, 'results.json'))) {
    throw new GroundstateError(
      'invalid-argument',
      `--resume: expected \`${path}\` to hold an unfinished run, got a finished one. Its table is in results.json.`,
    );
  }
  return runAt(path, config);
}

/** What a run of this pipeline was made with. */
export async function readConfig<Config extends { readonly pipeline: string }>(
  option: string,
  path: string,
  pipeline: Config['pipeline'],
): Promise<Config> {
  const config = await readJson<Config>(join(path, 'config.json'));
  if (!config)
    throw new GroundstateError('not-found', `${option}: expected \`${path}\` to be the folder of a run, found no config.json in it.`);
  if (config.pipeline !== pipeline) {
    throw expected(option, path, `the folder of a run of ${pipeline}`, config.pipeline, 'Each command continues its own runs.');
  }
  return config;
}

function runAt<Config>(path: string, config: Config): RunDirectory<Config> {
  const work = (key: string, file: string): string => join(path, 'work', key, file);
  return {
    path,
    config,
    model: (key) => join(path, 'models', key),
    logs: (key) => join(path, 'logs', key),
    samples: (key) => ({ path: join(path, 'samples', key), relative: `samples/${key}` }),
    checkpoints: (key) => checkpointDirectory(work(key, 'checkpoints')),
    unit: (key) => readJson<Unit>(work(key, 'unit.json')),
    saveUnit: (key, unit) => writeJson(work(key, 'unit.json'), unit),
    cursor: (key) => readJson<EvaluationCursor>(work(key, 'cursor.json')),
    saveCursor: (key, cursor) => writeJson(work(key, 'cursor.json'), cursor),
    audit: (key) => readJson<DefenceAudit>(work(key, 'audit.json')),
    saveAudit: (key, audit) => writeJson(work(key, 'audit.json'), audit),
    finish: async (results, timings, others = {}) => {
      for (const [file, value] of Object.entries(others)) await writeJson(join(path, file), value);
      await writeJson(join(path, 'timings.json'), timings);
      await writeJson(join(path, 'results.json'), results);
      await rm(join(path, 'work'), { recursive: true, force: true });
    },
  };
}
