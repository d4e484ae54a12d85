/** `groundstate compare mnist` */
import { join } from 'node:path';
import { checkNumber, checkOneOf, expected } from '@groundstate/core';
import { parseAttacks } from '../assess';
import { chooseBackendAloud } from '../backend/choose-backend';
import { type ComparisonConfig, collectComparison, entrantsOf, pairsOf, runModels, testImages } from '../comparison/comparison';
import { comparisonTable, differencesTable } from '../console/comparison-table';
import { createConsole } from '../console/progress';
import { findDigits } from '../data';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { readJson, writeJson } from '../json-file';
import { parseNumber } from '../numbers';
import { createRun, type RunDirectory, readConfig, resumeRun } from '../run-directory';
import { norms } from '../run-mnist';
import { splitTraining, type Tuning, type TuningConfig, tuningSchema } from '../tuning/tuning';
import { parsePortion, runWorkers } from '../workers';
import { newFolder, onlyResume } from './run-folder';

export interface CompareFlags {
  readonly tuning?: string;
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly worker?: string;
  readonly backend: string;
  readonly seeds: string;
  readonly train: string;
  readonly test: string;
  readonly epochs: string;
  readonly attack: readonly string[];
  readonly jobs: string;
}

/** `given`: the options that the user wrote, as opposed to those that hold their defaults. */
export async function compare(pipeline: string, flags: CompareFlags, given: readonly string[]): Promise<void> {
  checkOneOf('compare', 'pipeline', pipeline, ['mnist']);
  onlyResume('compare', given);
  const jobs = checkNumber('compare', '--jobs', parseNumber('compare', '--jobs', flags.jobs), { integer: true, min: 1 });
  const share = flags.worker === undefined ? undefined : parsePortion(flags.worker);
  const console = createConsole();
  const directory =
    flags.resume === undefined ? await newComparison(flags, console.say) : await resumeRun<ComparisonConfig>(flags.resume, 'compare');
  const { config, path } = directory;
  if (flags.resume !== undefined) await chooseBackendAloud(config.backend, console.say);
  const dataset = await findDigits(config.data ?? undefined, config.tuning.seed);
  const threat = { norm: norms[config.threat.norm]!(), epsilon: config.threat.epsilon };
  const sizes = { train: config.sizes.train, validation: config.tuning.validation };
  const { train } = splitTraining('compare', await dataset.load('train'), sizes, config.tuning.seed);
  const test = testImages(await dataset.load('test'), config.sizes.test);
  if (!share)
    console.say(
      `${config.entrants.length} defences x ${config.seeds.length} seeds on ${dataset.card.source}; the comparison is in ${path}`,
    );
  const { signal, release } = interruptible(console);
  try {
    if (share || jobs === 1) {
      const mine = (index: number): boolean => !share || index % share.of === share.index;
      await runModels({ directory, console, signal, train, test, threat, mine });
      if (share) return;
    } else await runWorkers(jobs, ['compare', pipeline, '--resume', path], signal, console.say);
    const { comparison, outcomes, timings } = await collectComparison(directory, dataset.card);
    await writeJson(join(path, 'outcomes.json'), outcomes);
    await directory.finish(comparison, timings);
    process.stdout.write(`\n${comparisonTable(comparison)}\n${legend(comparison.dataset.test)}\n\n${differencesTable(comparison)}\n`);
    for (const { entrant, seed, reason } of comparison.diverged) process.stdout.write(`${entrant}, seed ${seed}, is left out: ${reason}\n`);
    process.stdout.write(`Results, the outcome of every image, times and models are in ${path}\n`);
  } catch (cause) {
    if (signal.aborted && !share) console.say(`To go on: groundstate compare mnist --resume ${path}`);
    throw cause;
  } finally {
    release();
  }
}

async function newComparison(flags: CompareFlags, say: (line: string) => void): Promise<RunDirectory<ComparisonConfig>> {
  if (flags.tuning === undefined) {
    throw expected(
      'compare',
      '--tuning',
      'the folder of a finished tuning',
      undefined,
      'Make one with `groundstate tune mnist`: untuned defences are not compared.',
    );
  }
  const tuned = await readConfig<TuningConfig>('--tuning', flags.tuning, 'tune');
  const tuning = await readJson<Tuning>(join(flags.tuning, 'results.json'));
  if (tuning?.schema !== tuningSchema) {
    throw expected(
      'compare',
      '--tuning',
      'a finished tuning',
      flags.tuning,
      `Finish it first: groundstate tune mnist --resume ${flags.tuning}`,
    );
  }
  const count = (name: 'seeds' | 'train' | 'test' | 'epochs'): number =>
    checkNumber('compare', `--${name}`, parseNumber('compare', `--${name}`, flags[name]), { integer: true, min: 1 });
  const sizes = { train: count('train'), test: count('test'), epochs: count('epochs'), batchSize: tuned.sizes.batchSize };
  parseAttacks(flags.attack);
  // Read before anything is written: a wrong folder must leave nothing behind.
  const data = flags.data ?? tuned.data ?? undefined;
  const dataset = await findDigits(data, tuned.seed);
  if (dataset.card.name !== tuning.dataset.name) {
    const advice = 'Settings hold for the data they were tuned on, and the split that keeps validation examples apart does too.';
    throw expected('compare', '--data', `the data of the tuning, ${tuning.dataset.name}`, dataset.card.name, advice);
  }
  splitTraining('compare', await dataset.load('train'), { ...sizes, validation: tuned.sizes.validation }, tuned.seed);
  const available = (await dataset.load('test')).size;
  if (sizes.test > available) throw expected('compare', '--test', `at most ${available}, the size of the test set`, sizes.test);
  const backend = await chooseBackendAloud(flags.backend, say);
  const entrants = entrantsOf(tuning);
  const lost = new Set(tuned.trials.map(({ contender }) => contender).filter((name) => !(name in tuning.best)));
  for (const name of lost) say(`${name}: every trial diverged; it is not compared`);
  const config: ComparisonConfig = {
    schema: 'groundstate/config@1',
    pipeline: 'compare',
    // Not that of the tuning, which has chosen what went well with its own.
    seeds: Array.from({ length: count('seeds') }, (_, i) => tuned.seed + 1 + i),
    backend,
    data: data ?? null,
    threat: tuned.threat,
    sizes,
    attacks: flags.attack,
    entrants,
    tuning: {
      seed: tuned.seed,
      validation: tuned.sizes.validation,
      trials: tuned.trials.filter(({ contender }) => contender === tuned.trials[0]?.contender).length,
    },
    pairs: pairsOf(entrants),
    ...environment(),
  };
  return createRun(flags.out ?? newFolder('compare-mnist'), config);
}

function legend(test: number): string {
  return (
    `Shares of ${test} test images in %: the mean over the seeds, its 95 % interval by their spread, each seed. Worst case: no attack fools the model.\n` +
    'Below, differences in the worst case, paired image by image: ahead or behind only where the intervals over images and over seeds both say so.'
  );
}
