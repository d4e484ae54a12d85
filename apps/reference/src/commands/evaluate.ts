/** `groundstate evaluate`: any tfjs-layers model under any of our attacks. */
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { expected, GroundstateError } from '@groundstate/core';
import { loadModelFromDirectory } from '@groundstate/models/node';
import { assess } from '../assess';
import { chooseBackendAloud } from '../backend/choose-backend';
import { checkModel } from '../check-model';
import { collectResults } from '../collect-results';
import type { RunOutcomes } from '../comparison/difference';
import { evaluateDefaults } from '../config/defaults';
import { type EvaluateRequest, evaluateRequest } from '../config/evaluate-request';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { sealed } from '../config/sealed';
import type { Output } from '../console/output';
import { resultsTable } from '../console/table';
import { defenceRow } from '../defence-row';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { unwritable, writeJson } from '../json-file';
import { datasetNamed } from '../registry/datasets';
import { countParameters } from '../registry/models';
import type { DefenceRow, Results } from '../results';
import { digestOf, testImages } from '../test-images';
import { threatOf } from '../threat';
import { checkAttacks, dataOf, usualData } from './run-folder';

export interface EvaluateFlags extends ConfigFlags {
  readonly model?: string;
  readonly dataset?: string;
  readonly data?: string;
  readonly norm?: string;
  readonly epsilon?: string;
  readonly attack?: readonly string[];
  readonly limit?: string;
  readonly out?: string;
  readonly backend?: string;
  readonly seed?: string;
}

const places = {
  model: 'model',
  dataset: 'dataset',
  data: 'data',
  norm: 'threat.norm',
  epsilon: 'threat.epsilon',
  attack: 'attacks',
  limit: 'limit',
  out: 'out',
  backend: 'backend',
  seed: 'seed',
};

/** What the folder of an evaluation holds; one that holds any of it is somebody else's. */
const files = { config: 'config.json', outcomes: 'outcomes.json', results: 'results.json' };

export async function readEvaluateRequest(flags: EvaluateFlags): Promise<EvaluateRequest> {
  const defaults = { ...evaluateDefaults, threat: {}, data: await usualData() };
  return readRequest(evaluateRequest, { owner: 'evaluate', pipeline: 'evaluate', defaults, flags, places, preset: dataOf });
}

export async function evaluateModel(flags: EvaluateFlags, output: Output): Promise<void> {
  const request = await readEvaluateRequest(flags);
  const { seed, attacks, out } = request;
  const threat = threatOf(request.threat);
  checkAttacks('evaluate', attacks, threat);
  if (out !== null) await refuseEvaluated(out);
  const dataset = await datasetNamed(request.dataset, { owner: 'evaluate', data: request.data });
  const { console } = output;
  const backend = await chooseBackendAloud(request.backend, console.say);
  const model = await loadModelFromDirectory(request.model);
  const { signal, release } = interruptible(console);
  try {
    checkModel('evaluate', request.model, model, dataset.card);
    const all = await dataset.load('test');
    const limit = request.limit ?? all.size;
    if (limit > all.size) throw expected('evaluate', '--limit', `at most ${all.size}, the size of the test set`, limit);
    const name = basename(resolve(request.model));
    const task = console.task(`${name}: attacking ${limit} images`);
    const report = await assess(model, testImages(all, limit), { threat, attacks, seed, signal, task }).catch((cause: unknown) => {
      task.fail(`${name}: stopped`);
      throw cause;
    });
    task.finish(`${name}: done`);
    const row = defenceRow({ name, objective: null, adversary: null, gradientEvaluations: null }, report, request.threat);
    const setting = {
      pipeline: 'evaluate',
      task: 'supervised',
      dataset: { name: dataset.card.name, source: dataset.card.source, train: 0, test: limit, digest: await digestOf(all) },
      labels: null,
      model: { spec: null, parameters: countParameters(model) },
      backend,
      seeds: [seed],
      threat: request.threat,
      visits: null,
    } as const;
    const { results, outcomes } = collectResults(setting, [{ seed, row, outcomes: report.values.outcomes }]);
    // First: a disk that is full by now must not cost the answer too.
    output.answer(`${resultsTable(results)}\n${fooledLines(row).join('\n')}`, results);
    if (out !== null) await save(out, { ...request, backend }, results, outcomes, output);
  } finally {
    model.dispose();
    release();
  }
}

async function refuseEvaluated(out: string): Promise<void> {
  const present = await readdir(out).catch(async (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw cause.code === 'ENOTDIR'
      ? expected('--out', out, 'a folder', 'a file', 'Choose another.')
      : await unwritable('--out', out, cause);
  });
  const taken = present.find((file) => Object.values(files).includes(file));
  if (taken === undefined) return;
  throw new GroundstateError(
    'invalid-argument',
    `--out: expected \`${out}\` to be a folder that holds no results yet, got one with ${taken}. It is never overwritten: choose another folder.`,
  );
}

/** The results last: where they are, all is there. */
async function save(out: string, request: EvaluateRequest, results: Results, outcomes: RunOutcomes, output: Output): Promise<void> {
  // Somebody else may have been faster.
  await refuseEvaluated(out);
  const { out: _, ...kept } = request;
  const about = { schema: 'groundstate/config@1', pipeline: 'evaluate', request: kept, ...environment(output.command) };
  await writeJson(join(out, files.config), sealed(about));
  await writeJson(join(out, files.outcomes), outcomes);
  await writeJson(join(out, files.results), results);
  output.console.say(`results: ${join(out, files.results)}`);
}

/** The two other common figures: how many are wrong in the end, and how many of those were right to begin with. */
function fooledLines({ clean, robust }: DefenceRow): string[] {
  const right = Math.round((clean.accuracy ?? 0) * clean.n);
  const percent = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} %`);
  return robust.map(({ attack, accuracy, n }) => {
    const standing = Math.round((accuracy ?? 0) * n);
    const [wrong, fooled] = [n - standing, right - standing];
    return `${attack}: ${wrong} of ${n} wrong (${percent(wrong, n)}); fools ${fooled} of the ${right} that were right (${percent(fooled, right)})`;
  });
}
