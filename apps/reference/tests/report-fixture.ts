/**
 * Folders of runs for the tests of the report: plausible figures by formula, no training behind them. Accuracy falls with the
 * budget along a logistic curve, losses along the path along a power of the way, outcomes by the last digits of a product.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Outcomes, wilson } from '@groundstate/metrics';
import { PNG } from 'pngjs';
import type { Audit, DefenceAudit, Sample } from '../src/audit/audit';
import { type CollectedResults, collectResults, type MeasuredModel } from '../src/collect-results';
import type { LogEvent } from '../src/logs/log-event';
import { modelKey, seedKey } from '../src/model-key';
import type { RunReportInput } from '../src/report/report-input';
import type { DefenceRow, Results, Share } from '../src/results';

const n = 300;
const wholeTest = 1000;
const audited = 100;
const epsilon = 2;
const attacks = ['apgd-ce:steps=50', 'pgd:steps=20', 'square:queries=300,rescaleSchedule=true'];

/** How far each holds out; the first is the undefended one. */
type Kind = {
  readonly name: string;
  readonly clean: number;
  readonly half: number;
  readonly top: number;
  readonly bend: number;
  readonly terms: readonly string[];
};

function kindsOf(names: readonly string[]): readonly Kind[] {
  return names.map((name, i) => ({
    name,
    clean: 0.983 - 0.006 * i,
    half: i === 0 ? 0.8 : 2.1 + 0.13 * i,
    top: i === 0 ? 9 : Math.max(0.4, 2.4 - 0.25 * i),
    bend: i === 0 ? 2.6 : Math.max(0.6, 1.5 - 0.2 * i),
    terms: i === 0 ? ['cleanLoss'] : i % 2 === 1 ? ['adversarialLoss'] : ['cleanLoss', 'energy'],
  }));
}

const share = (accuracy: number, of: number): Share => {
  const standing = Math.round(Math.max(0, accuracy) * of);
  const { low, high } = wilson(standing, of);
  return { accuracy: standing / of, low, high, n: of };
};

const standing = ({ clean, half }: Kind, budget: number): number =>
  (clean * (1 + Math.exp(-3 * half))) / (1 + Math.exp(3 * (budget - half)));

/** Every seed after the first loses some images more, each defence its own number of them. */
function outcomesOf(kind: Kind, seed: number): Outcomes {
  const ids = Array.from({ length: n }, (_, i) => i);
  const list = (accuracy: number): string =>
    ids.map((id) => ((id * 7919 + kind.name.length * 13) % 1000 < 1000 * (accuracy - drop(kind, seed)) ? '1' : '0')).join('');
  return {
    ids,
    standing: {
      clean: list(kind.clean),
      ...Object.fromEntries(attacks.map((attack, i) => [attack, list(standing(kind, epsilon) + 0.02 * (i + 1))])),
      worst: list(standing(kind, epsilon)),
    },
  };
}

/** How much a seed loses. */
const drop = ({ name }: Kind, seed: number): number => 0.004 * seed * (1 + (name.length % 3));

function rowOf(kind: Kind, i: number, seed: number, few: boolean): DefenceRow {
  const robust = (accuracy: number): Share => share(accuracy - drop(kind, seed), n);
  const each = attacks.map((attack, k) => ({
    attack,
    ...robust(standing(kind, epsilon) + 0.02 * (k + 1)),
    passes: { forwards: n * passes[k]![0] + i, backwards: n * passes[k]![1] },
  }));
  const sum = (of: 'forwards' | 'backwards'): number => each.reduce((total, row) => total + row.passes[of], 0);
  const worst = { attack: 'worst', ...robust(standing(kind, epsilon)), passes: { forwards: sum('forwards'), backwards: sum('backwards') } };
  return {
    name: kind.name,
    objective: kind.terms.join(' + '),
    adversary: i === 0 ? null : `pgd, ${i % 2 === 1 ? 7 : 5} steps, l2 ${epsilon}`,
    gradientEvaluations: 18000 * (i === 0 ? 1 : 8),
    clean: share(kind.clean - drop(kind, seed), few ? wholeTest : n),
    robust: [worst, ...each].map((row) => ({ ...row, norm: 'l2', epsilon, distance: { mean: 1.7, median: 1.92 } })),
    energy: { D1: kind.top ** 2, D2: kind.top ** 2 * 1.2, D4: kind.top ** 2 * 1.4, D8: kind.top ** 2 * 1.5 },
  };
}

function wholeOf(kind: Kind, seed: number): Outcomes {
  const ids = Array.from({ length: wholeTest }, (_, i) => i);
  const right = ids.map((id) => ((id * 7919 + kind.name.length * 13) % 1000 < 1000 * (kind.clean - drop(kind, seed)) ? '1' : '0'));
  return { ids, standing: { clean: right.join('') } };
}

/** Of the run: results, outcomes, and the clean outcomes of the whole test set where labels are few. */
export function collectedFixture(
  names: readonly string[] = usual,
  { seeds = [0], task = 'supervised', dataset = 'synthetic-digits' }: FixtureOptions = {},
): CollectedResults {
  const few = task === 'semi-supervised';
  const models = seeds.flatMap((seed) =>
    kindsOf(names).map((kind, i): MeasuredModel => {
      const model = { seed, row: rowOf(kind, i, seed, few), outcomes: outcomesOf(kind, seed) };
      return few ? { ...model, wholeOutcomes: wholeOf(kind, seed) } : model;
    }),
  );
  const setting = {
    pipeline: 'mnist',
    task,
    dataset: { name: dataset, source: 'drawn by our own code, seed 0', train: 3000, test: n },
    labels: few ? { count: 100, digests: Object.fromEntries(seeds.map((seed) => [seedKey(seed), `digest of ${seed}`])) } : null,
    model: { spec: 'convnet', parameters: 166_406 },
    backend: 'wasm',
    seeds,
    threat: { norm: 'l2', epsilon },
    visits: few ? null : 18000,
  };
  return collectResults(setting, models);
}

export type FixtureOptions = {
  readonly seeds?: readonly number[];
  readonly task?: Results['task'];
  readonly dataset?: string;
};

const usual = ['standard', 'pgd-at', 'energy-d2'];
/** Forwards and backwards of each attack for one image. */
const passes = [
  [52, 50],
  [22, 20],
  [301, 0],
] as const;

function auditOf(kind: Kind, seed: number, seeds: readonly number[]): DefenceAudit {
  const at = (fraction: number): number => 0.02 + kind.top * fraction ** kind.bend;
  const fractions = Array.from({ length: 9 }, (_, i) => i / 8);
  return {
    name: kind.name,
    seed,
    n: audited,
    attack: 'apgd-ce:steps=20',
    budgets: [0, 0.25, 0.5, 0.75, 1, 1.5, 2].map((part) => ({
      epsilon: part * epsilon,
      ...share(standing(kind, part * epsilon), audited),
    })),
    path: fractions.map((fraction) => ({
      fraction,
      mean: at(fraction) * 1.1,
      lower: at(fraction) * 0.45,
      median: at(fraction),
      upper: at(fraction) * 1.6,
    })),
    energies: [1, 2, 4, 8].map((segments) => {
      const steps = Array.from({ length: segments }, (_, k) => at((k + 1) / segments) - at(k / segments));
      return {
        segments,
        energy: segments * steps.reduce((sum, step) => sum + step ** 2, 0),
        variation: steps.reduce((sum, step) => sum + Math.abs(step), 0),
      };
    }),
    masking: [
      {
        check: 'square-beats-gradients',
        question: 'Does Square, which sees no gradients, fool images that no gradient attack fools?',
        verdict: 'fine',
        answer: 'It fools 1 of the 183 images that stand against every gradient attack.',
        figures: { fooled: 1, standing: 183 },
      },
      {
        check: 'unbounded-budget',
        question: 'Does a budget without limit fool every image?',
        verdict: kind.name === 'pgd-at' ? 'suspicious' : 'fine',
        answer:
          kind.name === 'pgd-at'
            ? '14 of 100 images stand at a budget of 28: chance would leave 10.'
            : 'No image stands at a budget of 28.',
        figures: { standing: kind.name === 'pgd-at' ? 14 : 0 },
      },
      {
        check: 'zero-gradients',
        question: 'Does the loss of many clean images have no gradient at all?',
        verdict: 'not judged',
        answer: 'No image was right to begin with.',
        figures: { share: null },
      },
    ],
    margins: { clean: [2, 3], adversarial: [-1, 1] },
    samples: [0, 1, 2, 3].map((i) => sampleOf(modelKey(kind.name, seed, seeds), i)),
  };
}

function sampleOf(name: string, i: number): Sample {
  const folder = `samples/${name.replaceAll(/[^a-z0-9/-]/g, '-')}`;
  const file = (what: string): string => `${folder}/${i}-${what}.png`;
  return {
    id: 3 * i,
    label: i,
    clean: { class: i, confidence: 0.991 - 0.01 * i },
    adversarial: { class: i % 2 === 0 ? i : 7, confidence: 0.62 + 0.05 * i },
    distance: 1.98,
    images: { clean: file('clean'), perturbation: file('perturbation'), adversarial: file('adversarial') },
  };
}

function logOf({ terms }: Kind): readonly LogEvent[] {
  const steps = 282;
  const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 12, 0, second)).toISOString();
  const events: LogEvent[] = [];
  for (let step = 1; step <= steps; step += 2) {
    const value = (i: number): number => (i === 0 ? 2.3 : 1.1) * Math.exp(-step / (70 + 60 * i)) + 0.12 + 0.05 * Math.sin(step * 1.7);
    events.push({
      at: at(step),
      kind: 'step',
      step,
      steps,
      epoch: 1 + Math.floor(step / 47),
      learningRate: 1e-3,
      terms: Object.fromEntries(terms.map((term, i) => [term, value(i)])),
    });
    if (step % 47 === 0) events.push({ at: at(step), kind: 'validation', step, epoch: step / 47, clean: 0.9, robust: 0.3 + step / 1000 });
  }
  events.push({ at: at(steps), kind: 'trained', step: steps, gradientEvaluations: 144000, seconds: 41.2 });
  return events;
}

/** 28 x 28: a bright bar on a dark ground, about grey for a change. */
function pngOf(shift: number, low: number): Buffer {
  const png = new PNG({ width: 28, height: 28, colorType: 0 });
  for (let i = 0; i < 28 * 28; i++) {
    const [row, column] = [Math.floor(i / 28), i % 28];
    const bright = row > 3 && row < 24 && Math.abs(column - 13 - shift * Math.sin(row / 4)) < 3;
    png.data.set([...Array<number>(3).fill(bright ? 240 : low + ((i * 37) % 23)), 255], 4 * i);
  }
  return PNG.sync.write(png, { colorType: 0 });
}

const environment = {
  groundstate: '0.0.0',
  tensorflow: '4.22.0',
  node: 'v20.20.2',
  platform: 'linux x64',
  commit: '0a0443b',
  machine: { processor: 'two cores of a fixture', cores: 2, memory: '8 GiB' },
};

/** A whole input without a folder. */
export function runFixture(names: readonly string[] = usual, options: FixtureOptions = {}): RunReportInput {
  const { seeds = [0] } = options;
  const models = seeds.flatMap((seed) => kindsOf(names).map((kind, i) => ({ kind, seed, i, key: modelKey(kind.name, seed, seeds) })));
  const audit: Audit = { schema: 'groundstate/audit@1', defences: models.map(({ kind, seed }) => auditOf(kind, seed, seeds)) };
  const images = Object.fromEntries(
    audit.defences.flatMap(({ samples }) =>
      samples.flatMap(({ id, images: { clean, perturbation, adversarial } }) =>
        (
          [
            [clean, 0],
            [perturbation, 110],
            [adversarial, 30],
          ] as const
        ).map(([path, low]) => [path, `data:image/png;base64,${pngOf(id, low).toString('base64')}`] as const),
      ),
    ),
  );
  return {
    kind: 'run',
    folder: 'first',
    config: {
      command: 'groundstate run mnist --preset quick --out runs/first',
      pipeline: 'mnist',
      preset: 'quick',
      about: 'minutes: a first look',
      sizes: {
        train: 3000,
        epochs: 6,
        batchSize: 64,
        test: n,
        attacks,
        audit: { images: audited, steps: 20 },
      },
      seed: seeds[0]!,
      data: null,
      environment,
      request: { preset: 'quick' },
    },
    timings: Object.fromEntries(models.map(({ key, i }) => [key, { training: 12.5 * (1 + 3 * i), evaluation: 31.4, audit: 8.2 }])),
    remarks: [],
    results: collectedFixture(names, options).results,
    audit,
    logs: Object.fromEntries(models.map(({ kind, key }) => [key, logOf(kind)])),
    images,
  };
}

/** The same as a folder, which `readReportInput` reads. */
export async function writeRunFixture(directory: string, names?: readonly string[], options?: FixtureOptions): Promise<RunReportInput> {
  const input = runFixture(names, options);
  const { outcomes, cleanOutcomes } = collectedFixture(names, options);
  const write = async (path: string, content: string | Uint8Array): Promise<void> => {
    const file = join(directory, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, content);
  };
  const json = (path: string, value: unknown): Promise<void> => write(path, JSON.stringify(value));
  await json('results.json', input.results);
  await json('config.json', { schema: 'groundstate/config@1', ...input.config });
  await json('timings.json', { unit: 'seconds', total: 1, defences: input.timings });
  await json('audit.json', input.audit);
  await json('outcomes.json', outcomes);
  if (cleanOutcomes) await json('clean-outcomes.json', cleanOutcomes);
  for (const [name, events] of Object.entries(input.logs)) {
    await write(`logs/${name}/events.jsonl`, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }
  for (const [path, address] of Object.entries(input.images))
    await write(path, Buffer.from(address.slice(address.indexOf(',') + 1), 'base64'));
  return input;
}
