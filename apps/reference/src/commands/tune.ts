/** `groundstate tune mnist` */
import { join } from 'node:path';
import { checkOneOf, type Dataset, expected } from '@groundstate/core';
import { chooseBackendAloud } from '../backend/choose-backend';
import { tuneDefaults } from '../config/defaults';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { sealed } from '../config/sealed';
import { type TuneRequest, tuneRequest } from '../config/tune-request';
import type { Output } from '../console/output';
import { quoted } from '../console/quoted';
import { trialsTable } from '../console/trials-table';
import { findDigits } from '../data';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { createRun, type RunDirectory, refuseUsed } from '../run-directory';
import { threatOf } from '../threat';
import { type Contender, contenders } from '../tuning/contenders';
import { drawTrials } from '../tuning/draw-trials';
import { collectTuning, type PlannedTrial, runTrials, splitTraining, type TuningConfig } from '../tuning/tuning';
import { type Hands, handsOf, isMine, runWorkers } from '../workers';
import { checkAttacks, dataAndBackend, goOn, type Held, newFolder, onlyResume, readOnce, usualData } from './run-folder';

export interface TuneFlags extends ConfigFlags {
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly worker?: string;
  readonly backend?: string;
  readonly seed?: string;
  readonly norm?: string;
  readonly epsilon?: string;
  readonly trials?: string;
  readonly train?: string;
  readonly validation?: string;
  readonly epochs?: string;
  readonly contenders?: string;
  readonly attack?: readonly string[];
  readonly jobs?: string;
}

const places = {
  data: 'data',
  out: 'out',
  backend: 'backend',
  seed: 'seed',
  norm: 'threat.norm',
  epsilon: 'threat.epsilon',
  trials: 'trials',
  train: 'sizes.train',
  validation: 'sizes.validation',
  epochs: 'sizes.epochs',
  contenders: 'contenders',
  attack: 'sizes.attacks',
};

export async function tune(pipeline: string, flags: TuneFlags, output: Output): Promise<void> {
  checkOneOf('tune', 'pipeline', pipeline, ['mnist']);
  onlyResume('tune', flags);
  const hands = handsOf('tune', flags);
  if (flags.resume === undefined) {
    const { directory, dataset } = await begin(await readTuneRequest(flags), output);
    return finish(directory, dataset, hands, output);
  }
  await goOn<TuningConfig>(flags.resume, 'tune', output, ({ directory, dataset }) => finish(directory, dataset, hands, output));
}

export async function readTuneRequest(flags: TuneFlags): Promise<TuneRequest> {
  const defaults = { ...tuneDefaults, data: await usualData() };
  return readRequest(tuneRequest, { owner: 'tune', pipeline: 'tune', defaults, flags, places });
}

async function finish(directory: RunDirectory<TuningConfig>, dataset: Dataset, { jobs, share }: Hands, output: Output): Promise<void> {
  const { console, answer } = output;
  const { config, path } = directory;
  const threat = threatOf(config.threat);
  const { train, validation } = splitTraining('tune', await dataset.load('train'), config.sizes, config.seed);
  if (!share) console.say(`${config.trials.length} trials on ${dataset.card.source}; the tuning is in ${path}`);
  const { signal, release } = interruptible(console);
  try {
    if (share || jobs === 1) {
      await runTrials({ directory, console, signal, train, test: validation, threat, mine: (index) => isMine(share, index) });
      if (share) return;
    } else await runWorkers(jobs, ['tune', 'mnist', '--resume', path], signal, console.say);
    const { tuning, timings } = await collectTuning(directory, dataset.card);
    await directory.finish(tuning, timings);
    answer(`\n${trialsTable(tuning)}\nAll trials are in ${join(path, 'results.json')}`, tuning);
  } catch (cause) {
    if (signal.aborted && !share) console.say(`To go on: groundstate tune mnist --resume ${quoted(path)}`);
    throw cause;
  } finally {
    release();
    await directory.release();
  }
}

async function begin(request: TuneRequest, { console, command }: Output): Promise<Held<TuningConfig>> {
  const { seed, data, threat, sizes, trials, out } = request;
  const threatModel = threatOf(threat);
  const chosen = contendersNamed(request.contenders);
  // A defence that the norm does not suit must say so now, not after the trials of the others; an attack likewise.
  for (const { ranges, build } of chosen) {
    build(Object.fromEntries(Object.entries(ranges).map(([name, { usual }]) => [name, usual])), threatModel);
  }
  checkAttacks('tune', sizes.attacks, threatModel);
  if (out !== null) await refuseUsed(out);
  // Read before anything is written: a wrong folder must leave nothing behind.
  const dataset = readOnce(await findDigits(data ?? undefined));
  const backend = await dataAndBackend(
    data,
    async () => splitTraining('tune', await dataset.load('train'), sizes, seed),
    () => chooseBackendAloud(request.backend, console.say),
  );
  const planned = chosen.flatMap((contender) =>
    drawTrials(contender, trials, seed).map((settings, trial): PlannedTrial => ({ contender: contender.name, trial, settings })),
  );
  const { out: _, ...kept } = request;
  const config: TuningConfig = {
    schema: 'groundstate/config@1',
    pipeline: 'tune',
    seed,
    backend,
    data,
    threat,
    sizes,
    trials: planned,
    request: { ...kept, backend },
    ...environment(command),
  };
  return { directory: await createRun(out ?? newFolder('tune-mnist'), sealed(config), console.say), dataset };
}

function contendersNamed(names: readonly string[]): readonly Contender[] {
  if (names.length === 1 && names[0] === 'all') return contenders;
  return [...new Set(names)].map((name) => {
    const contender = contenders.find((each) => each.name === name);
    if (!contender) throw expected('tune', '--contenders', `'all' or some of ${contenders.map((each) => each.name).join(',')}`, name);
    return contender;
  });
}
