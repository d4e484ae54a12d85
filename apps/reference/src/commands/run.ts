/** `groundstate run <pipeline>`. Its options are read in run-flags.ts. */
import { join } from 'node:path';
import { checkNumber, checkOneOf, type Dataset, expected } from '@groundstate/core';
import type { Audit } from '../audit/audit';
import { chooseBackendAloud } from '../backend/choose-backend';
import type { RunRequest } from '../config/run-request';
import { sealed } from '../config/sealed';
import type { Output } from '../console/output';
import { quoted } from '../console/quoted';
import { resultsTable } from '../console/table';
import { findData } from '../data';
import { defencesFor } from '../defences';
import { environment } from '../environment';
import { findingLines } from '../findings';
import { interruptible } from '../interrupt';
import { readJson } from '../json-file';
import { parseNumber } from '../numbers';
import { finishRun } from '../pipelines/collect-run';
import type { Pipeline } from '../pipelines/pipeline';
import { pipelineNames, pipelines } from '../pipelines/registry';
import type { RunConfig } from '../pipelines/run-config';
import { trainingExamples } from '../pipelines/run-examples';
import { runUnits } from '../pipelines/run-units';
import { checkModelNamed, modelNamed } from '../registry/models';
import { preprocessingNamed } from '../registry/preprocessing';
import { trainingNamed } from '../registry/training';
import type { Results } from '../results';
import { createRun, refuseUsed } from '../run-directory';
import { showBudget } from '../show-budget';
import { threatOf } from '../threat';
import { type Hands, handsOf, isMine, runWorkers } from '../workers';
import { type RunFlags, readRunRequest } from './run-flags';
import { checkAttacks, dataAndBackend, goOn, type Held, newFolder, onlyResume, readOnce } from './run-folder';
import { writePage } from './write-page';

/** 1 where a training diverged. */
export async function run(name: string, flags: RunFlags, output: Output): Promise<number> {
  const pipeline = pipelines[checkOneOf('run', 'pipeline', name, pipelineNames)];
  onlyResume('run', flags);
  const { limitSeconds } = flags;
  const limit =
    limitSeconds === undefined
      ? undefined
      : checkNumber('run', '--limit-seconds', parseNumber('run', '--limit-seconds', limitSeconds), { above: 0 });
  const work: Work = { pipeline, hands: handsOf('run', flags), limit, output };
  if (flags.resume === undefined) return finish(await begin(pipeline, await readRunRequest(pipeline, flags), output), work);
  return goOn<RunConfig, number>(
    flags.resume,
    pipeline.name,
    output,
    (held) => finish(held, work),
    (config) => {
      refuseEarlier(flags.resume!, config);
      return findData(pipeline, config.data ?? undefined, config.sizes.train);
    },
  );
}

/** Its settings are still understood, its half-done work is not. */
function refuseEarlier(folder: string, config: Partial<RunConfig>): void {
  if (config.task !== undefined) return;
  const advice = `Make it again with --config ${quoted(join(folder, 'config.json'))}, or finish it with the version that began it.`;
  throw expected('--resume', folder, 'a run that this version began', 'one of an earlier version', advice);
}

interface Work {
  readonly pipeline: Pipeline;
  readonly hands: Hands;
  /** Seconds after which it is left. */
  readonly limit: number | undefined;
  readonly output: Output;
}

async function finish({ directory, dataset }: Held<RunConfig>, work: Work): Promise<number> {
  const { hands, output } = work;
  const { path, config } = directory;
  if (!hands.share) for (const line of announcement(work.pipeline, config, dataset, path)) output.console.say(line);
  const results = await untilFinished({ directory, dataset }, work);
  // A worker leaves the table to the process that started it.
  if (results === undefined) return 0;
  try {
    await writePage(path, output.console);
  } finally {
    const doubts = findingLines(results, (await readJson<Audit>(join(path, 'audit.json'))) ?? null);
    const diverged = results.diverged.map(({ name, seed, reason }) => `${name}, seed ${seed}, has no figures: ${reason}`);
    const where = `Results, times, models and report.html are in ${path}`;
    output.answer(['', resultsTable(results), ...doubts, ...diverged, where].join('\n'), results);
  }
  return results.diverged.length > 0 ? 1 : 0;
}

function announcement(
  { title, dataset: wanted, standIn }: Pipeline,
  config: RunConfig,
  { card }: Dataset,
  path: string,
): readonly string[] {
  const { preset, task, threat, seeds, sizes } = config;
  const drawn = `data: ${standIn.replaceAll('-', ' ')}, drawn by our own code: this is not ${title}. Use --data DIR (or GROUNDSTATE_DATA) for the real files.`;
  const found = card.name === wanted ? `data: ${title}, ${card.source}` : `data: this is not ${title}, but ${card.name}: ${card.source}`;
  const labels = sizes.labels === null ? '' : ` with ${sizes.labels} labels`;
  const trained = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds.join(', ')}`;
  return [
    config.data === null ? drawn : found,
    `preset ${preset}: ${config.about}`,
    `${task}${labels}, ${config.model}, ${threat.norm} ${showBudget(threat.epsilon)}, ${trained}; the run is in ${path}`,
  ];
}

/** Nothing where others finish it. */
async function untilFinished(
  { directory, dataset }: Held<RunConfig>,
  { pipeline, hands, limit, output }: Work,
): Promise<Results | undefined> {
  const { jobs, share } = hands;
  const { console } = output;
  const { signal, release } = interruptible(console, limit);
  try {
    if (share || jobs === 1) {
      await runUnits({ directory, dataset, console, signal, mine: (index) => isMine(share, index) });
      if (share) return undefined;
    } else await runWorkers(jobs, ['run', pipeline.name, '--resume', directory.path], signal, console.say);
    return await finishRun({ directory, dataset, signal });
  } catch (cause) {
    if (signal.aborted && !share) console.say(`To go on: groundstate run ${pipeline.name} --resume ${quoted(directory.path)}`);
    throw cause;
  } finally {
    release();
    await directory.release();
  }
}

/** All that can be known to be wrong is said before anything is written, and what takes longest is looked at last. */
async function begin(pipeline: Pipeline, request: RunRequest, { console, command }: Output): Promise<Held<RunConfig>> {
  const { seed, seeds: count, data, threat, model, defences, sizes, training, out, ...rest } = request;
  const threatModel = threatOf(threat);
  defencesFor(threatModel, defences);
  checkAttacks('run', sizes.attacks, threatModel);
  checkModelNamed(model);
  trainingNamed(training);
  preprocessingNamed(training.preprocessing);
  if (out !== null) await refuseUsed(out);
  const dataset = readOnce(await findData(pipeline, data ?? undefined, sizes.train));
  const seeds = Array.from({ length: count }, (_, i) => seed + i);
  const backend = await dataAndBackend(
    data,
    async () => {
      const train = await dataset.load('train');
      for (const each of seeds) trainingExamples(train, sizes, each);
      await dataset.load('test');
    },
    () => chooseBackendAloud(rest.backend, console.say),
  );
  const { shape: inputShape, classes, bounds } = dataset.card;
  modelNamed(model, { inputShape, classes, bounds, seed }).dispose();
  const settled = { ...rest, seed, data, threat, model, defences, sizes, training, backend };
  const config: RunConfig = {
    schema: 'groundstate/config@1',
    pipeline: pipeline.name,
    about: pipeline.tasks[rest.task].presets[rest.preset].about,
    ...settled,
    seeds,
    request: { ...settled, seeds: count },
    ...environment(command),
  };
  const name = rest.task === 'supervised' ? pipeline.name : `${pipeline.name}-${rest.task}`;
  return { directory: await createRun(out ?? newFolder(name), sealed(config), console.say), dataset };
}
