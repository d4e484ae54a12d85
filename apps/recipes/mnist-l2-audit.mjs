#!/usr/bin/env node
/**
 * The audit of the table "MNIST, l2 2": the models of mnist-l2.mjs under attacks that the table does not have. A defence
 * that only hides its gradient from the cross-entropy is found by other losses, by restarts, or by noise alone.
 *
 *     node apps/recipes/mnist-l2-audit.mjs --data DIR [--runs DIR]
 *
 * Run mnist-l2.mjs first. It goes on where it was interrupted, and writes apps/recipes/results/mnist-l2-audit.json.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { apgdCe, pgd, uniformNoise } from '@groundstate/attacks';
import { dlr, l2, margin, order, restarts, subset } from '@groundstate/core';
import { mnist } from '@groundstate/datasets';
import { findMnist } from '@groundstate/datasets/node';
import { accuracy, evaluate, outcomes, robustAccuracy, seedSummary } from '@groundstate/metrics';
import { loadModelFromDirectory } from '@groundstate/models/node';
import { chooseBackend, differenceOf } from 'groundstate';

const entrants = ['one-step-at', 'pgd-at', 'trades', 'energy-d1', 'energy-d2'];
const seeds = [1, 2, 3];
const test = 1000;
const attacks = {
  'pgd margin, 100 steps': pgd({ steps: 100, loss: margin() }),
  'pgd dlr, 100 steps': pgd({ steps: 100, loss: dlr() }),
  'apgd-ce, 100 steps, 2 starts': restarts(apgdCe({ steps: 100 }), 2),
  'uniform noise': uniformNoise({}),
};

const { values } = parseArgs({ options: { data: { type: 'string' }, runs: { type: 'string', default: join('runs', 'mnist-l2') } } });
const data = values.data ?? process.env.GROUNDSTATE_DATA;
const source = data === undefined ? undefined : await findMnist(data);
const outcomesOfTable = join(values.runs, 'comparison', 'outcomes.json');
if (source === undefined || !existsSync(outcomesOfTable)) {
  console.error(`mnist-l2-audit: ${source ? `no ${outcomesOfTable}: run mnist-l2.mjs first` : 'no data: give --data DIR'}.`);
  process.exit(2);
}
await chooseBackend('wasm');
const all = await mnist({ source }).load('test');
// The images of the table, in its order.
const images = subset(all, order(all.size, { seed: 0, epoch: 0 }).slice(0, test));
const threat = { norm: l2(), epsilon: 2 };
const table = JSON.parse(readFileSync(outcomesOfTable, 'utf8'));

const rows = [];
const audited = Object.fromEntries(entrants.map((entrant) => [entrant, {}]));
for (const seed of seeds) {
  for (const entrant of entrants) {
    const path = join(values.runs, 'audit', `${entrant}-${seed}.json`);
    if (!existsSync(path)) {
      const model = await loadModelFromDirectory(join(values.runs, 'comparison', 'models', entrant, `seed-${seed}`));
      const metrics = [accuracy(), robustAccuracy(), outcomes()];
      const report = await evaluate(model, images, { attacks, threat, metrics, seed: 0 });
      model.dispose();
      mkdirSync(join(values.runs, 'audit'), { recursive: true });
      writeFileSync(path, JSON.stringify(report.values));
    }
    const found = JSON.parse(readFileSync(path, 'utf8'));
    const before = table[entrant][`seed ${seed}`];
    if (found.outcomes.ids.join() !== before.ids.join()) throw new Error('mnist-l2-audit: these are not the images of the table.');
    const worst = [...found.outcomes.standing.worst].map((stands, i) => (stands === '1' && before.standing.worst[i] === '1' ? 1 : 0));
    audited[entrant][`seed ${seed}`] = { ids: before.ids, standing: { worst: worst.join('') } };
    const share = (list) => list.reduce((sum, value) => sum + Number(value), 0) / list.length;
    const each = Object.fromEntries(Object.keys(attacks).map((name) => [name, found.robustAccuracy[name].accuracy]));
    rows.push({ entrant, seed, table: share([...before.standing.worst]), audited: share(worst), attacks: each });
    console.log(entrant, seed, JSON.stringify(rows.at(-1)));
  }
}
const summaries = entrants.map((entrant) => {
  const mine = rows.filter((row) => row.entrant === entrant);
  return { entrant, table: seedSummary(mine.map((row) => row.table)), audited: seedSummary(mine.map((row) => row.audited)) };
});
const [ours] = entrants.slice(-1);
const differences = entrants.slice(0, -1).map((other) => differenceOf([ours, audited[ours]], [other, audited[other]]));
const results = { recipe: 'apps/recipes/mnist-l2-audit.mjs', test, threat: { norm: 'l2', epsilon: 2 }, summaries, differences, rows };
const here = fileURLToPath(new URL('.', import.meta.url));
mkdirSync(join(here, 'results'), { recursive: true });
writeFileSync(join(here, 'results', 'mnist-l2-audit.json'), `${JSON.stringify(results, null, 1)}\n`);
