/** `groundstate rank mnist` */
import { join } from 'node:path';
import { checkOneOf, type Dataset, expected } from '@groundstate/core';
import { chooseBackendAloud } from '../backend/choose-backend';
import { type ComparisonConfig, collectComparison, entrantsOf, pairsOf, runModels } from '../comparison/comparison';
import { rankDefaults } from '../config/defaults';
import { type RankRequest, rankRequest } from '../config/rank-request';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { checkSeal, sealed } from '../config/sealed';
import { comparisonTable, differencesTable } from '../console/comparison-table';
import type { Output } from '../console/output';
import { quoted } from '../console/quoted';
import { findDigits } from '../data';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { readRecord } from '../json-file';
import { createRun, type RunDirectory, readConfig, refuseUsed } from '../run-directory';
import { digestOf, testImages } from '../test-images';
import { threatOf } from '../threat';
import { isTuning, splitTraining, type Tuning, type TuningConfig } from '../tuning/tuning';
import { type Hands, handsOf, isMine, runWorkers } from '../workers';
import { checkAttacks, dataAndBackend, goOn, type Held, newFolder, onlyResume, readOnce } from './run-folder';
import { writePage } from './write-page';

export interface RankFlags extends ConfigFlags {
  readonly tuning?: string;
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly worker?: string;
  readonly backend?: string;
  readonly seeds?: string;
  readonly train?: string;
  readonly test?: string;
  readonly epochs?: string;
  readonly attack?: readonly string[];
  readonly jobs?: string;
}

const places = {
  tuning: 'tuning',
  data: 'data',
  out: 'out',
  backend: 'backend',
  seeds: 'seeds',
  train: 'sizes.train',
  test: 'sizes.test',
  epochs: 'sizes.epochs',
  attack: 'sizes.attacks',
};

export async function rank(pipeline: string, flags: RankFlags, output: Output): Promise<void> {
  checkOneOf('rank', 'pipeline', pipeline, ['mnist']);
  onlyResume('rank', flags);
  const hands = handsOf('rank', flags);
  if (flags.resume === undefined) {
    const { directory, dataset } = await begin(await readRankRequest(flags), output);
    return finish(directory, dataset, hands, output);
  }
  await goOn<ComparisonConfig>(flags.resume, 'rank', output, ({ directory, dataset }) => finish(directory, dataset, hands, output));
}

export function readRankRequest(flags: RankFlags): Promise<RankRequest> {
  const defaults = { ...rankDefaults, data: null };
  return readRequest(rankRequest, { owner: 'rank', pipeline: 'rank', defaults, flags, places });
}

async function finish(directory: RunDirectory<ComparisonConfig>, dataset: Dataset, { jobs, share }: Hands, output: Output): Promise<void> {
  const { console, answer } = output;
  const { config, path } = directory;
  const threat = threatOf(config.threat);
  const sizes = { train: config.sizes.train, validation: config.tuning.validation };
  const { train } = splitTraining('rank', await dataset.load('train'), sizes, config.tuning.seed);
  const everything = await dataset.load('test');
  const test = testImages(everything, config.sizes.test);
  if (!share)
    console.say(`${config.entrants.length} defences x ${config.seeds.length} seeds on ${dataset.card.source}; the ranking is in ${path}`);
  const { signal, release } = interruptible(console);
  try {
    if (share || jobs === 1) {
      await runModels({ directory, console, signal, train, test, threat, mine: (index) => isMine(share, index) });
      if (share) return;
    } else await runWorkers(jobs, ['rank', 'mnist', '--resume', path], signal, console.say);
    const { comparison, outcomes, timings } = await collectComparison(directory, dataset.card, await digestOf(everything));
    await directory.finish(comparison, timings, { 'outcomes.json': outcomes });
    const diverged = comparison.diverged.map(({ entrant, seed, reason }) => `${entrant}, seed ${seed}, is left out: ${reason}`);
    const lines = [
      `\n${comparisonTable(comparison)}`,
      `${legend(comparison.dataset.test)}\n`,
      differencesTable(comparison),
      ...diverged,
      `Results, the outcome of every image, times, models and report.html are in ${path}`,
    ];
    answer(lines.join('\n'), comparison);
    await writePage(path, console);
  } catch (cause) {
    if (signal.aborted && !share) console.say(`To go on: groundstate rank mnist --resume ${quoted(path)}`);
    throw cause;
  } finally {
    release();
    await directory.release();
  }
}

async function begin(request: RankRequest, { console, command }: Output): Promise<Held<ComparisonConfig>> {
  const { out } = request;
  const tuned = await readConfig<TuningConfig>('--tuning', request.tuning, 'tune');
  checkSeal('--tuning', { path: request.tuning, config: tuned });
  const tuning = await readRecord<Tuning>(join(request.tuning, 'results.json'), 'the results of a tuning', isTuning);
  if (!tuning) {
    const advice = `Finish it first: groundstate tune mnist --resume ${quoted(request.tuning)}`;
    throw expected('rank', '--tuning', 'a finished tuning', request.tuning, advice);
  }
  const entrants = entrantsOf(tuning);
  if (entrants.length === 0) {
    const advice = 'Tune anew, over smaller learning rates or a smaller ball.';
    throw expected('rank', '--tuning', 'a tuning with a trial that came to its end', 'one in which all diverged', advice);
  }
  const { attacks, ...counts } = request.sizes;
  const sizes = { ...counts, batchSize: tuned.sizes.batchSize };
  checkAttacks('rank', attacks, threatOf(tuned.threat));
  if (out !== null) await refuseUsed(out);
  // Read before anything is written: a wrong folder must leave nothing behind.
  const data = request.data ?? tuned.data;
  const dataset = readOnce(await findDigits(data ?? undefined));
  if (dataset.card.name !== tuning.dataset.name) {
    const advice = 'Settings hold for the data they were tuned on, and the split that keeps validation examples apart does too.';
    throw expected('rank', '--data', `the data of the tuning, ${tuning.dataset.name}`, dataset.card.name, advice);
  }
  const backend = await dataAndBackend(
    data,
    async () => {
      splitTraining('rank', await dataset.load('train'), { ...sizes, validation: tuned.sizes.validation }, tuned.seed);
      const available = (await dataset.load('test')).size;
      if (sizes.test > available) throw expected('rank', '--test', `at most ${available}, the size of the test set`, sizes.test);
    },
    () => chooseBackendAloud(request.backend, console.say),
  );
  const lost = new Set(tuned.trials.map(({ contender }) => contender).filter((name) => !(name in tuning.best)));
  for (const name of lost) console.say(`${name}: every trial diverged; it is not ranked`);
  const { out: _, ...kept } = request;
  const config: ComparisonConfig = {
    schema: 'groundstate/config@1',
    pipeline: 'rank',
    // Not that of the tuning, which has chosen what went well with its own.
    seeds: Array.from({ length: request.seeds }, (_, i) => tuned.seed + 1 + i),
    backend,
    data,
    threat: tuned.threat,
    sizes,
    attacks,
    entrants,
    tuning: {
      seed: tuned.seed,
      validation: tuned.sizes.validation,
      trials: tuned.trials.filter(({ contender }) => contender === tuned.trials[0]?.contender).length,
    },
    pairs: pairsOf(entrants),
    request: { ...kept, backend, data },
    ...environment(command),
  };
  return { directory: await createRun(out ?? newFolder('rank-mnist'), sealed(config), console.say), dataset };
}

function legend(test: number): string {
  return (
    `Shares of ${test} test images in %: the mean over the seeds, its 95 % interval by their spread, each seed. Worst case: no attack fools the model.\n` +
    'Below, differences in the worst case, paired image by image: ahead or behind only where the intervals over images and over seeds both say so.'
  );
}
