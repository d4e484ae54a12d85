/** `groundstate tune mnist` */
import { join } from 'node:path';
import { checkNumber, checkOneOf, expected } from '@groundstate/core';
import { parseAttacks } from '../assess';
import { chooseBackendAloud } from '../backend/choose-backend';
import { createConsole } from '../console/progress';
import { trialsTable } from '../console/trials-table';
import { findDigits } from '../data';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { parseNumber } from '../numbers';
import { createRun, type RunDirectory, resumeRun } from '../run-directory';
import { norms } from '../run-mnist';
import { contenders } from '../tuning/contenders';
import { drawTrials } from '../tuning/draw-trials';
import { collectTuning, type PlannedTrial, runTrials, splitTraining, type TuningConfig } from '../tuning/tuning';
import { parsePortion, runWorkers } from '../workers';
import { newFolder, onlyResume } from './run-folder';

export interface TuneFlags {
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly worker?: string;
  readonly backend: string;
  readonly seed: string;
  readonly norm: string;
  readonly epsilon: string;
  readonly trials: string;
  readonly train: string;
  readonly validation: string;
  readonly epochs: string;
  readonly contenders: string;
  readonly attack: readonly string[];
  readonly jobs: string;
}

/** `given`: the options that the user wrote, as opposed to those that hold their defaults. */
export async function tune(pipeline: string, flags: TuneFlags, given: readonly string[]): Promise<void> {
  checkOneOf('tune', 'pipeline', pipeline, ['mnist']);
  onlyResume('tune', given);
  const jobs = checkNumber('tune', '--jobs', parseNumber('tune', '--jobs', flags.jobs), { integer: true, min: 1 });
  const share = flags.worker === undefined ? undefined : parsePortion(flags.worker);
  const console = createConsole();
  const directory = flags.resume === undefined ? await newTuning(flags, console.say) : await resumeRun<TuningConfig>(flags.resume, 'tune');
  const { config, path } = directory;
  if (flags.resume !== undefined) await chooseBackendAloud(config.backend, console.say);
  const dataset = await findDigits(config.data ?? undefined, config.seed);
  const threat = { norm: norms[config.threat.norm]!(), epsilon: config.threat.epsilon };
  const { train, validation } = splitTraining('tune', await dataset.load('train'), config.sizes, config.seed);
  if (!share) console.say(`${config.trials.length} trials on ${dataset.card.source}; the tuning is in ${path}`);
  const { signal, release } = interruptible(console);
  try {
    if (share || jobs === 1) {
      const mine = (index: number): boolean => !share || index % share.of === share.index;
      await runTrials({ directory, console, signal, train, test: validation, threat, mine });
      if (share) return;
    } else await runWorkers(jobs, ['tune', pipeline, '--resume', path], signal, console.say);
    const { tuning, timings } = await collectTuning(directory, dataset.card);
    await directory.finish(tuning, timings);
    process.stdout.write(`\n${trialsTable(tuning)}\nAll trials are in ${join(path, 'results.json')}\n`);
  } catch (cause) {
    if (signal.aborted && !share) console.say(`To go on: groundstate tune mnist --resume ${path}`);
    throw cause;
  } finally {
    release();
  }
}

async function newTuning(flags: TuneFlags, say: (line: string) => void): Promise<RunDirectory<TuningConfig>> {
  const count = (name: 'trials' | 'train' | 'validation' | 'epochs' | 'seed', min: number): number =>
    checkNumber('tune', `--${name}`, parseNumber('tune', `--${name}`, flags[name]), { integer: true, min });
  const [trials, seed] = [count('trials', 1), count('seed', 0)];
  const sizes = {
    train: count('train', 1),
    validation: count('validation', 1),
    epochs: count('epochs', 1),
    batchSize: 64,
    attacks: flags.attack,
  };
  const norm = checkOneOf('tune', '--norm', flags.norm, ['linf', 'l2']);
  const epsilon = checkNumber('tune', '--epsilon', parseNumber('tune', '--epsilon', flags.epsilon), { above: 0 });
  parseAttacks(flags.attack);
  const names = flags.contenders === 'all' ? contenders.map(({ name }) => name) : [...new Set(flags.contenders.split(','))];
  const chosen = names.map((name) => {
    const contender = contenders.find((each) => each.name === name);
    if (!contender) throw expected('tune', '--contenders', `'all' or some of ${contenders.map((each) => each.name).join(',')}`, name);
    return contender;
  });
  // A defence that the norm does not suit must say so now, not after the trials of the others.
  for (const { ranges, build } of chosen) {
    build(Object.fromEntries(Object.entries(ranges).map(([name, { usual }]) => [name, usual])), { norm: norms[norm]!(), epsilon });
  }
  // Read before anything is written: a wrong folder must leave nothing behind.
  const data = flags.data ?? process.env.GROUNDSTATE_DATA;
  splitTraining('tune', await (await findDigits(data, seed)).load('train'), sizes, seed);
  const backend = await chooseBackendAloud(flags.backend, say);
  const planned = chosen.flatMap((contender) =>
    drawTrials(contender, trials, seed).map((settings, trial): PlannedTrial => ({ contender: contender.name, trial, settings })),
  );
  const config: TuningConfig = {
    schema: 'groundstate/config@1',
    pipeline: 'tune',
    seed,
    backend,
    data: data ?? null,
    threat: { norm, epsilon },
    sizes,
    trials: planned,
    ...environment(),
  };
  return createRun(flags.out ?? newFolder('tune-mnist'), config);
}
