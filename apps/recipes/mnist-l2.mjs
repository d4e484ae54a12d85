#!/usr/bin/env node
/**
 * The table "MNIST, l2 2" of the README: seven defences, tuned alike, three seeds, attacked alike.
 *
 *     node apps/recipes/mnist-l2.mjs --data DIR [--runs DIR] [--jobs 2]
 *
 * Interrupt it and start it again with the same arguments: it goes on where it was. At the end it writes
 * apps/recipes/results/mnist-l2.json; `npm run readme` makes the table from that.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const knobs = {
  tune: ['--norm', 'l2', '--epsilon', '2', '--trials', '5', '--train', '5000', '--validation', '500', '--epochs', '5', '--seed', '0'],
  compare: ['--seeds', '3', '--train', '10000', '--test', '1000', '--epochs', '6'],
  attacks: ['--attack', 'apgd-ce:steps=100', 'square:queries=400,rescaleSchedule=true'],
};

const here = fileURLToPath(new URL('.', import.meta.url));
const cli = join(here, '..', 'reference', 'dist', 'cli.js');
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    runs: { type: 'string', default: join('runs', 'mnist-l2') },
    jobs: { type: 'string', default: '1' },
    backend: { type: 'string', default: 'auto' },
  },
});
const data = values.data ?? process.env.GROUNDSTATE_DATA;
if (data === undefined || !existsSync(cli)) {
  const what =
    data === undefined ? 'no data: give --data DIR, a folder with mnist/ inside' : 'the packages are not built: run `npm run build`';
  console.error(`mnist-l2: ${what}.`);
  process.exit(2);
}

// A folder goes on only with the knobs it was begun with: what is published must be what was run.
const noted = join(values.runs, 'knobs.json');
const now = JSON.stringify(knobs);
if (existsSync(noted) && readFileSync(noted, 'utf8') !== now) {
  console.error(`mnist-l2: expected the knobs that ${values.runs} was begun with, got others. Choose another folder with --runs.`);
  process.exit(2);
}
mkdirSync(values.runs, { recursive: true });
writeFileSync(noted, now);

const tuning = join(values.runs, 'tuning');
const comparison = join(values.runs, 'comparison');
groundstate('tune', tuning, [...knobs.tune, '--data', data]);
groundstate('rank', comparison, ['--tuning', tuning, ...knobs.compare, ...knobs.attacks]);

const read = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));
const sum = (units) => Math.round(Object.values(units).reduce((total, { training, evaluation }) => total + training + evaluation, 0));
const { trials, sizes } = read(tuning, 'results.json');
const { environment } = read(comparison, 'config.json');
const { dataset, ...compared } = read(comparison, 'results.json');
const results = {
  recipe: 'apps/recipes/mnist-l2.mjs',
  knobs,
  environment,
  // Of the processes that finished each part, whatever else the machine did meanwhile.
  seconds: { tuning: sum(read(tuning, 'timings.json').trials), comparison: sum(read(comparison, 'timings.json').models) },
  tuning: { sizes, trials },
  // Where the files lay is nobody else's affair.
  comparison: { dataset: { ...dataset, source: dataset.source.split(', from the folder')[0] }, ...compared },
};
mkdirSync(join(here, 'results'), { recursive: true });
const path = join(here, 'results', 'mnist-l2.json');
writeFileSync(path, `${JSON.stringify(results, null, 1)}\n`);
console.log(`mnist-l2: wrote ${path}`);

/** Runs a command to its end, from wherever an earlier run of it stopped; a finished one is left as it is. */
function groundstate(command, folder, parameters) {
  if (existsSync(join(folder, 'results.json'))) return;
  const begun = existsSync(join(folder, 'config.json'));
  const rest = begun ? ['--resume', folder] : ['--out', folder, '--backend', values.backend, ...parameters];
  const { status } = spawnSync(process.execPath, [cli, command, 'mnist', '--jobs', values.jobs, ...rest], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 130);
}
