/** `groundstate judge`: adversarial images from a file, ours or anybody's, against a saved model. Nothing in the file is believed. */
import { basename, resolve } from 'node:path';
import { expected, type Metric } from '@groundstate/core';
import { accuracy, outcomes, perturbationSize, robustAccuracy, robustAfterRounding } from '@groundstate/metrics';
import { loadModelFromDirectory } from '@groundstate/models/node';
import { examplesOf, judgeSaved, type Refused } from '../adversarial/judge-saved';
import { readAdversarial, type SavedAdversarial } from '../adversarial/saved-adversarial';
import type { Assessed } from '../assess';
import { chooseBackendAloud } from '../backend/choose-backend';
import { checkModel } from '../check-model';
import { collectResults } from '../collect-results';
import { judgeDefaults } from '../config/defaults';
import { evaluateNorms } from '../config/evaluate-request';
import { type JudgeRequest, judgeRequest } from '../config/judge-request';
import { type ConfigFlags, readRequest } from '../config/read-request';
import { sealed } from '../config/sealed';
import { attackLines } from '../console/attack-lines';
import type { Output } from '../console/output';
import { resultsTable } from '../console/table';
import { defenceRow } from '../defence-row';
import { environment } from '../environment';
import { interruptible } from '../interrupt';
import { datasetNamed } from '../registry/datasets';
import { countParameters } from '../registry/models';
import type { Results } from '../results';
import { createRun, refuseUsed } from '../run-directory';
import { digestOf } from '../test-images';
import { threatOf } from '../threat';
import { seconds } from '../unit/plan';
import { dataOf, usualData } from './run-folder';

export interface JudgeFlags extends ConfigFlags {
  readonly model?: string;
  readonly adversarial?: string;
  readonly dataset?: string;
  readonly data?: string;
  readonly norm?: string;
  readonly epsilon?: string;
  readonly bits?: string;
  readonly out?: string;
  readonly backend?: string;
}

const places = {
  model: 'model',
  adversarial: 'adversarial',
  dataset: 'dataset',
  data: 'data',
  norm: 'threat.norm',
  epsilon: 'threat.epsilon',
  bits: 'bits',
  out: 'out',
  backend: 'backend',
};

/** Figures that metrics of these names give. */
type Values = Pick<Assessed['values'], 'accuracy' | 'robustAccuracy' | 'perturbationSize' | 'outcomes'> & {
  readonly robustAfterRounding?: NonNullable<Assessed['rounded']>['shares'];
};

export async function judge(flags: JudgeFlags, output: Output): Promise<void> {
  const defaults = { ...judgeDefaults, data: await usualData() };
  const { out, ...request } = await readRequest<JudgeRequest>(judgeRequest, {
    owner: 'judge',
    pipeline: 'judge',
    defaults,
    flags,
    places,
    preset: dataOf,
  });
  const { bits } = request;
  if (out !== null) await refuseUsed(out);
  const dataset = await datasetNamed(request.dataset, { owner: 'judge', data: request.data });
  const { console } = output;
  const backend = await chooseBackendAloud(request.backend, console.say);
  const model = await loadModelFromDirectory(request.model);
  const { signal, release } = interruptible(console);
  try {
    checkModel('judge', request.model, model, dataset.card);
    const saved = await readAdversarial(request.adversarial, model.inputShape);
    const threat = threatIn(request, saved);
    const limits = threatOf(threat);
    const all = await dataset.load('test');
    const examples = examplesOf(all, saved, request.adversarial);
    const name = basename(resolve(request.model));
    const start = Date.now();
    const task = console.task(`${name}: judging ${examples.size} images`);
    const rounding = bits === null ? [] : [robustAfterRounding({ threat: limits, bits })];
    const metrics = [accuracy(), robustAccuracy(), perturbationSize(), outcomes(), ...rounding] as unknown as readonly Metric[];
    const options = { threat: limits, metrics, signal, onProgress: (done: number, of: number) => task.at(done, of, '') };
    const { values, refused } = await judgeSaved(model, examples, saved, options).catch((cause: unknown) => {
      task.fail(`${name}: stopped`);
      throw cause;
    });
    task.finish(`${name}: done`);
    const { robustAfterRounding: shares, ...figures } = values as Values;
    const passes = Object.fromEntries(saved.attacks.map((attack) => [attack, { forwards: examples.size, backwards: 0 }]));
    const rounded = bits === null ? {} : { rounded: { bits, shares: shares! } };
    const about = { name, objective: null, adversary: null, gradientEvaluations: null };
    const row = defenceRow(about, { values: figures, passes, ...rounded }, threat);
    const setting = {
      pipeline: 'judge',
      task: 'supervised',
      dataset: { name: dataset.card.name, source: dataset.card.source, train: 0, test: examples.size, digest: await digestOf(all) },
      labels: null,
      model: { spec: null, parameters: countParameters(model) },
      backend,
      seeds: [0],
      threat,
      visits: null,
    } as const;
    const { results, outcomes: found } = collectResults(setting, [{ seed: 0, row, outcomes: figures.outcomes }]);
    const answer: Results & { readonly refused: typeof refused } = { ...results, refused };
    output.answer([resultsTable(results), ...attackLines(row), ...refusedLines(refused, threat)].join('\n'), answer);
    if (out === null) return;
    const config = {
      schema: 'groundstate/config@1',
      pipeline: 'judge',
      request: { ...request, threat, backend },
      ...environment(output.command),
    };
    const directory = await createRun(out, sealed(config), console.say);
    try {
      await directory.finish(answer, { unit: 'seconds', defences: { [name]: { evaluation: seconds(start) } } }, { 'outcomes.json': found });
      console.say(`Results are in ${directory.path}`);
    } finally {
      await directory.release();
    }
  } finally {
    model.dispose();
    release();
  }
}

/** What was said on the command line, else what the file says it was made for. */
function threatIn(
  { threat }: Pick<JudgeRequest, 'threat'>,
  { about }: SavedAdversarial,
): { readonly norm: string; readonly epsilon: number } {
  const norm = threat.norm ?? about.norm;
  const epsilon = threat.epsilon ?? about.epsilon;
  const advice = 'The file does not say what it was made for.';
  if (norm === undefined)
    throw expected('judge', '--norm', `one of ${evaluateNorms.map((each) => `'${each}'`).join(', ')}`, undefined, advice);
  if (epsilon === undefined) throw expected('judge', '--epsilon', "a finite number, such as 0.3 or '8/255'", undefined, advice);
  return { norm, epsilon };
}

/** Nothing where all is in order. */
function refusedLines(
  refused: { readonly [attack: string]: Refused },
  { norm, epsilon }: { readonly norm: string; readonly epsilon: number },
): string[] {
  return Object.entries(refused).flatMap(([attack, { notFinite, outsideBox, outsideBall, largest, unlike }]) => [
    ...(notFinite > 0 ? [`${attack}: ${notFinite} images are not finite numbers, and count as failed.`] : []),
    ...(outsideBox > 0 ? [`${attack}: ${outsideBox} images lie outside of the bounds of the model, and count as failed.`] : []),
    ...(outsideBall > 0
      ? [
          `${attack}: ${outsideBall} images are further than ${epsilon} in ${norm} from the clean ones (${Number(largest.toPrecision(6))} at most), and count as failed.`,
        ]
      : []),
    ...(unlike > 0 ? [`${attack}: of ${unlike} images the file says otherwise than this model does.`] : []),
  ]);
}
