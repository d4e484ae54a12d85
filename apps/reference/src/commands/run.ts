/** `groundstate run mnist` */
import { checkNumber, checkOneOf } from '@groundstate/core';
import { chooseBackendAloud } from '../backend/choose-backend';
import { createConsole } from '../console/progress';
import { resultsTable } from '../console/table';
import { findDigits } from '../data';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { parseNumber } from '../numbers';
import { type PresetName, presets } from '../presets';
import { createRun, type RunDirectory, resumeRun } from '../run-directory';
import { type MnistConfig, runMnist } from '../run-mnist';
import { newFolder, onlyResume } from './run-folder';

export interface RunFlags {
  readonly data?: string;
  readonly out?: string;
  readonly resume?: string;
  readonly backend: string;
  readonly seed: string;
  readonly preset: string;
  readonly norm: string;
  readonly epsilon: string;
}

/** `given`: the options that the user wrote, as opposed to those that hold their defaults. */
export async function run(pipeline: string, flags: RunFlags, given: readonly string[]): Promise<void> {
  checkOneOf('run', 'pipeline', pipeline, ['mnist']);
  onlyResume('run', given);
  const console = createConsole();
  const directory = flags.resume === undefined ? await newRun(flags, console.say) : await resumeRun<MnistConfig>(flags.resume, 'mnist');
  const { config } = directory;
  if (flags.resume !== undefined) await chooseBackendAloud(config.backend, console.say);
  const dataset = await findDigits(config.data ?? undefined, config.seed);
  console.say(
    config.data === null
      ? 'data: synthetic digits, drawn by our own code: this is not MNIST. Use --data DIR (or GROUNDSTATE_DATA) for the real files.'
      : `data: the real MNIST, ${dataset.card.source}`,
  );
  console.say(`preset ${config.preset}: ${config.sizes.about}`);
  console.say(`threat: ${config.threat.norm} ${config.threat.epsilon}, seed ${config.seed}; the run is in ${directory.path}`);
  const { signal, release } = interruptible(console);
  try {
    const results = await runMnist({ directory, dataset, console, signal });
    const visits = Math.min(config.sizes.train, results.dataset.train) * config.sizes.epochs;
    process.stdout.write(`\n${resultsTable(results, visits)}\n${legend(results.dataset.name, results.dataset.test)}\n`);
    process.stdout.write(`Results, times and models are in ${directory.path}\n`);
  } catch (cause) {
    if (signal.aborted) console.say(`To go on: groundstate run mnist --resume ${directory.path}`);
    throw cause;
  } finally {
    release();
  }
}

async function newRun(flags: RunFlags, say: (line: string) => void): Promise<RunDirectory<MnistConfig>> {
  const preset = checkOneOf('run', '--preset', flags.preset, Object.keys(presets) as PresetName[]);
  const norm = checkOneOf('run', '--norm', flags.norm, ['linf', 'l2']);
  const epsilon = checkNumber('run', '--epsilon', parseNumber('run', '--epsilon', flags.epsilon), { above: 0 });
  const seed = checkNumber('run', '--seed', parseNumber('run', '--seed', flags.seed), { integer: true, min: 0 });
  // Read before anything is written: a wrong folder must leave nothing behind.
  const data = flags.data ?? process.env.GROUNDSTATE_DATA;
  await findDigits(data, seed);
  const backend = await chooseBackendAloud(flags.backend, say);
  const config: MnistConfig = {
    schema: 'groundstate/config@1',
    pipeline: 'mnist',
    preset,
    sizes: presets[preset],
    seed,
    backend,
    data: data ?? null,
    threat: { norm, epsilon },
    ...environment(),
  };
  return createRun(flags.out ?? newFolder('mnist'), config);
}

function legend(dataset: string, test: number): string {
  return [
    `Shares of ${test} test images of ${dataset} in %, with 95 % intervals. Worst case: no attack of the table fools the model.`,
    'Gradients: evaluations an example and visit. D1, D2, D8: mean discrete path energy; D1 sees only the end of the path.',
  ].join('\n');
}
