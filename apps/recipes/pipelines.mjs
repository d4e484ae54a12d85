#!/usr/bin/env node
/**
 * The tables of the README that are runs of a pipeline: every defence with three seeds, attacked alike, differences paired.
 *
 *     node apps/recipes/pipelines.mjs NAME... --data DIR [--runs DIR] [--jobs 2]
 *
 * NAME is one of the keys below, or several. Interrupt it and start it again with the same arguments: it goes on where it was. At
 * the end of each it writes apps/recipes/results/NAME.json; `npm run readme` makes the tables from these.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const measured = {
  'sizes.test': 1000,
  'sizes.attacks': ['apgd-ce:steps=100', 'square:queries=1000,rescaleSchedule=true'],
  'sizes.audit': { images: 100, steps: 20, samples: 8 },
};

/** Those two of the four from few labels that come further in so few steps, and what they are compared with. */
const mostFromFew = ['standard', 'vat:entmin=true', 'virtual-energy-d2:path=power,entmin=true'];

/** The preset `standard` with three seeds but for these settings: as large as an afternoon on two cores allows. */
const knobs = {
  'mnist-linf-run': { pipeline: 'mnist', ...measured, 'threat.norm': 'linf', 'sizes.epochs': 6 },
  'mnist-l2-run': { pipeline: 'mnist', ...measured, model: 'convnet', 'sizes.epochs': 3, 'training.learningRate': 4e-3 },
  'mnist-100-labels': { pipeline: 'mnist', ...measured, task: 'semi-supervised', 'sizes.labels': 100, 'sizes.epochs': 6 },
  'mnist-1000-labels': {
    pipeline: 'mnist',
    ...measured,
    task: 'semi-supervised',
    'sizes.labels': 1000,
    'sizes.epochs': 4,
    defences: mostFromFew,
  },
  'cifar10-subset': {
    pipeline: 'cifar10',
    ...measured,
    model: 'convnet:filters=32+64,hidden=128',
    'sizes.train': 20_000,
    'sizes.epochs': 6,
  },
  'svhn-form-digits': { pipeline: 'svhn', ...measured, model: 'convnet:filters=32+64,hidden=128', 'sizes.epochs': 6 },
};

const here = fileURLToPath(new URL('.', import.meta.url));
const cli = join(here, '..', 'reference', 'dist', 'cli.js');
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: join('runs', 'recipes') },
    jobs: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'auto' },
  },
});
const data = values.data ?? process.env.GROUNDSTATE_DATA;
const stray = names.find((name) => !Object.hasOwn(knobs, name));
if (names.length === 0 || stray !== undefined) refuse(`expected names among ${Object.keys(knobs).join(', ')}, got ${stray ?? 'none'}`);
if (data === undefined) refuse('no data: give --data DIR, a folder with mnist/ and the like inside');
if (!existsSync(cli)) refuse('the packages are not built: run `npm run build`');

for (const name of names) {
  const folder = join(values.runs, name);
  keepKnobs(name, folder);
  groundstate(folder, knobs[name]);
  const read = (file) => JSON.parse(readFileSync(join(folder, 'run', file), 'utf8'));
  const { environment, model, defences, sizes, training } = read('config.json');
  const { dataset, ...results } = read('results.json');
  const record = {
    recipe: 'apps/recipes/pipelines.mjs',
    knobs: knobs[name],
    environment,
    // Of the processes that finished each part, whatever else the machine did meanwhile.
    seconds: Math.round(read('timings.json').total),
    settled: { model, defences, sizes, training },
    // Where the files lay is nobody else's affair.
    results: { dataset: { ...dataset, source: dataset.source.split(', from the folder')[0] }, ...results },
  };
  mkdirSync(join(here, 'results'), { recursive: true });
  const path = join(here, 'results', `${name}.json`);
  writeFileSync(path, `${JSON.stringify(record, null, 1)}\n`);
  console.log(`pipelines: wrote ${path}`);
}

/** A folder goes on only with the knobs it was begun with: what is published must be what was run. */
function keepKnobs(name, folder) {
  const noted = join(folder, 'knobs.json');
  const now = JSON.stringify(knobs[name]);
  if (existsSync(noted) && readFileSync(noted, 'utf8') !== now) {
    refuse(`expected the knobs that ${folder} was begun with, got others. Choose another folder with --runs`);
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(noted, now);
}

/** Runs a pipeline to its end, from wherever an earlier run of it stopped; a finished one is left as it is. */
function groundstate(folder, { pipeline, ...settings }) {
  const run = join(folder, 'run');
  if (existsSync(join(run, 'results.json'))) return;
  const said = Object.entries({ preset: 'standard', seeds: 3, backend: values.backend, data, ...settings });
  const set = said.flatMap(([key, value]) => ['--set', `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`]);
  const rest = existsSync(join(run, 'config.json')) ? ['--resume', run] : ['--out', run, ...set];
  const { status } = spawnSync(process.execPath, [cli, 'run', pipeline, '--jobs', values.jobs, ...rest], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 130);
}

function refuse(what) {
  console.error(`pipelines: ${what}.`);
  process.exit(2);
}
