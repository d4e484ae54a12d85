/** What the commands that make a run have in common. */
import { join } from 'node:path';
import { type Attack, type Dataset, expected, type ThreatModel } from '@groundstate/core';
import { cacheDirectory, findDataset } from '@groundstate/datasets/node';
import { parseAttacks } from '../assess';
import { chooseBackendAloud } from '../backend/choose-backend';
import { optionOf } from '../config/read-request';
import { checkSeal, type Requested } from '../config/sealed';
import type { Output } from '../console/output';
import { findDigits } from '../data';
import { type RunDirectory, resumeRun } from '../run-directory';

/** `runs/<name>-<time>`, for a run whose folder nobody named. */
export function newFolder(name: string): string {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-').slice(0, 19);
  return join('runs', `${name}-${stamp}`);
}

/** How many processes work on it, for how long, and how it answers, is all that may change when a run goes on. */
export function onlyResume(owner: string, flags: { readonly resume?: string | undefined }): void {
  if (flags.resume === undefined) return;
  const other = Object.keys(flags).find((name) => !['resume', 'worker', 'jobs', 'json', 'limitSeconds'].includes(name));
  if (other === undefined) return;
  throw expected(
    owner,
    '--resume',
    'the only option',
    `${optionOf(other)} beside it`,
    'A run goes on with the settings it was started with.',
  );
}

/** The folder of the data where none was named: GROUNDSTATE_DATA, else the cache if the data set was fetched into it; null for our own drawings. */
export async function usualData(dataset = 'mnist'): Promise<string | null> {
  const named = process.env.GROUNDSTATE_DATA;
  if (named) return named;
  return (await findDataset(dataset)) ? cacheDirectory() : null;
}

/** That folder is MNIST's; other data sets are looked for in all places by themselves. */
export function dataOf({ dataset }: { readonly [key: string]: unknown }): { readonly data?: null } {
  return dataset === undefined || dataset === null || dataset === 'mnist' ? {} : { data: null };
}

/**
 * Reads the data and brings the backend up. Files first, for faults are in them and they are read without a backend; our
 * own digits are drawn by it.
 */
export async function dataAndBackend(data: string | null, read: () => Promise<unknown>, backend: () => Promise<string>): Promise<string> {
  if (data !== null) await read();
  const name = await backend();
  if (data === null) await read();
  return name;
}

/** A run's folder that this process holds, and the data that it is about. */
export type Held<Config> = { readonly directory: RunDirectory<Config>; readonly dataset: Dataset };

/** Goes on with a run that was left: its settings must be as they were, its data there, its backend working. The folder is free in the end. */
export async function goOn<Config extends Resumable, Ended = void>(
  folder: string,
  pipeline: Config['pipeline'],
  { console }: Output,
  work: (held: Held<Config>) => Promise<Ended>,
  find: (config: Config) => Promise<Dataset> = ({ data }) => findDigits(data ?? undefined),
): Promise<Ended> {
  const directory = await resumeRun<Config>(folder, pipeline, console.say);
  try {
    checkSeal('--resume', directory);
    const { data, backend } = directory.config;
    const dataset = readOnce(await find(directory.config));
    await dataAndBackend(
      data,
      () => dataset.load('train'),
      () => chooseBackendAloud(backend, console.say),
    );
    return await work({ directory, dataset });
  } finally {
    await directory.release();
  }
}

type Resumable = Requested<object> & { readonly pipeline: string; readonly data: string | null; readonly backend: string };

/** Attacks that fit the norm: one that does not would say so only after the training. */
export function checkAttacks(owner: string, specs: readonly string[], { norm }: ThreatModel): void {
  const wrong = Object.values(parseAttacks(specs)).find(({ card }) => !card.norms.includes(norm.name));
  if (wrong) throw unfit(owner, wrong, norm.name);
}

const unfit = (owner: string, { card }: Attack, norm: string): Error =>
  expected(owner, '--norm', `one that ${card.name} is defined for (${card.norms.join(', ')})`, norm);

/** A data set that is read, or drawn, once, however often it is loaded. */
export function readOnce(dataset: Dataset): Dataset {
  const loaded = new Map<string, ReturnType<Dataset['load']>>();
  const load: Dataset['load'] = (split) => {
    const earlier = loaded.get(split);
    if (earlier) return earlier;
    const examples = dataset.load(split);
    loaded.set(split, examples);
    return examples;
  };
  return { ...dataset, load };
}
