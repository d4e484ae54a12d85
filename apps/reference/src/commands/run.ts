/** `groundstate run mnist` */
import { join } from 'node:path';
import { checkOneOf, type Dataset, expected } from '@groundstate/core';
import type { Audit } from '../audit/audit';
import { findings } from '../audit/masking';
import { chooseBackendAloud } from '../backend/choose-backend';
import { runDefaults } from '../config/defaults';
import { isTree, type Tree } from '../config/layers';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { type RunRequest, runRequest } from '../config/run-request';
import { sealed } from '../config/sealed';
import type { Output } from '../console/output';
import type { Console } from '../console/progress';
import { quoted } from '../console/quoted';
import { resultsTable } from '../console/table';
import { findDigits } from '../data';
import { defencesFor } from '../defences';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { readJson } from '../json-file';
import { type PresetName, presets } from '../presets';
import type { Results } from '../results';
import { createRun, type RunDirectory, refuseUsed } from '../run-directory';
import { type MnistConfig, runMnist } from '../run-mnist';
import { threatOf } from '../threat';
import { checkAttacks, dataAndBackend, goOn, type Held, newFolder, onlyResume, readOnce, usualData } from './run-folder';
import { writePage } from './write-page';

export interface RunFlags extends ConfigFlags {
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly backend?: string;
  readonly seed?: string;
  readonly preset?: string;
  readonly norm?: string;
  readonly epsilon?: string;
  readonly defence?: readonly string[];
}

const places = {
  data: 'data',
  out: 'out',
  backend: 'backend',
  seed: 'seed',
  preset: 'preset',
  norm: 'threat.norm',
  epsilon: 'threat.epsilon',
  defence: 'defences',
};

export async function run(pipeline: string, flags: RunFlags, output: Output): Promise<void> {
  checkOneOf('run', 'pipeline', pipeline, ['mnist']);
  onlyResume('run', flags);
  if (flags.resume === undefined) {
    const { directory, dataset } = await begin(await readRunRequest(flags), output);
    return finish(directory, dataset, output);
  }
  await goOn<MnistConfig>(
    flags.resume,
    'mnist',
    output,
    ({ directory, dataset }) => finish(directory, dataset, output),
    ({ sizes }) => sizes.train,
  );
}

async function finish(directory: RunDirectory<MnistConfig>, dataset: Dataset, { console, answer }: Output): Promise<void> {
  const { config } = directory;
  console.say(
    config.data === null
      ? 'data: synthetic digits, drawn by our own code: this is not MNIST. Use --data DIR (or GROUNDSTATE_DATA) for the real files.'
      : `data: the real MNIST, ${dataset.card.source}`,
  );
  console.say(`preset ${config.preset}: ${config.sizes.about}`);
  console.say(`threat: ${config.threat.norm} ${config.threat.epsilon}, seed ${config.seed}; the run is in ${directory.path}`);
  const results = await untilFinished(directory, dataset, console);
  const { path } = directory;
  try {
    await writePage(path, console);
  } finally {
    const visits = Math.min(config.sizes.train, results.dataset.train) * config.sizes.epochs;
    const table = `${resultsTable(results, visits)}\n${legend(results.dataset.name, results.dataset.test)}`;
    const doubts = findings((await readJson<Audit>(join(path, 'audit.json')))!);
    const where = `Results, times, models and report.html are in ${path}`;
    answer(['', table, ...doubts, where].join('\n'), results);
  }
}

async function untilFinished(directory: RunDirectory<MnistConfig>, dataset: Dataset, console: Console): Promise<Results> {
  const { signal, release } = interruptible(console);
  try {
    return await runMnist({ directory, dataset, console, signal });
  } catch (cause) {
    if (signal.aborted) console.say(`To go on: groundstate run mnist --resume ${quoted(directory.path)}`);
    throw cause;
  } finally {
    release();
    await directory.release();
  }
}

export async function readRunRequest(flags: RunFlags): Promise<RunRequest> {
  const defaults = { ...runDefaults, data: await usualData() };
  return readRequest(runRequest, { owner: 'run', pipeline: 'mnist', defaults, flags, places, preset: (said, file) => sizesOf(said, file) });
}

/** Those of the usual one where the preset is none: that it is none is all that the schema has to say then. */
function sizesOf(said: Tree, file: Tree): Tree {
  const name = said.preset ?? runDefaults.preset;
  // A config.json names all sizes, and a preset would change nothing but the name.
  if (file.preset !== undefined && file.preset !== name && isTree(file.sizes)) {
    const advice = 'Sizes win over a preset: say which with --set, as in --set sizes.train=500.';
    throw expected('run', 'preset', `${JSON.stringify(file.preset)}, to which the sizes of the configuration belong`, name, advice);
  }
  const known = typeof name === 'string' && Object.hasOwn(presets, name);
  const { about: _, ...sizes } = presets[known ? (name as PresetName) : runDefaults.preset];
  return { sizes };
}

async function begin(request: RunRequest, { console, command }: Output): Promise<Held<MnistConfig>> {
  const { preset, seed, data, threat, sizes, out, ...rest } = request;
  const threatModel = threatOf(threat);
  // All that can be known to be wrong is said before anything is written, and what takes longest is looked at last.
  defencesFor(threatModel, rest.defences);
  checkAttacks('run', sizes.attacks, threatModel);
  if (out !== null) await refuseUsed(out);
  const dataset = readOnce(await findDigits(data ?? undefined, sizes.train));
  const backend = await dataAndBackend(
    data,
    async () => [await dataset.load('train'), await dataset.load('test')],
    () => chooseBackendAloud(rest.backend, console.say),
  );
  const config: MnistConfig = {
    schema: 'groundstate/config@1',
    pipeline: 'mnist',
    preset,
    sizes: { about: presets[preset].about, ...sizes },
    seed,
    backend,
    data,
    threat,
    request: { ...rest, preset, seed, data, threat, sizes, backend },
    ...environment(command),
  };
  return { directory: await createRun(out ?? newFolder('mnist'), sealed(config), console.say), dataset };
}

function legend(dataset: string, test: number): string {
  return [
    `Shares of ${test} test images of ${dataset} in %, with 95 % intervals. Worst case: no attack of the table fools the model.`,
    'Gradients: evaluations an example and visit. D1, D2, D8: mean discrete path energy; D1 sees only the end of the path.',
  ].join('\n');
}
