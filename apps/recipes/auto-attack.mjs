#!/usr/bin/env node
/**
 * AutoAttack on the two public LeNet5 anchors, beside the authors' own where a checkout of it is given: the same weights, images, cores and
 * threads, one attack after the other, ours and theirs in turn, each in a process of its own.
 *
 *     node apps/recipes/auto-attack.mjs --data DIR [--reference CHECKOUT] [--norm linf --epsilon 0.3] [--images 1000] [--threads 2]
 *         [--models pgd-trained,standard] [--attacks standard,apgd-ce,square] [--seed 0] [--write]
 *
 * `--write` keeps the figures in apps/recipes/results/auto-attack-NORM.json, from which `npm run readme` makes the tables.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: process.env.GROUNDSTATE_DATA },
    reference: { type: 'string' },
    norm: { type: 'string', default: 'linf' },
    epsilon: { type: 'string', default: '0.3' },
    images: { type: 'string', default: '1000' },
    threads: { type: 'string', default: String(availableParallelism()) },
    models: { type: 'string', default: 'pgd-trained,standard' },
    attacks: { type: 'string', default: 'standard,apgd-ce,square' },
    batch: { type: 'string', default: '250' },
    seed: { type: 'string', default: '0' },
    write: { type: 'boolean', default: false },
    /** This process is one of ours: it attacks and prints. */
    worker: { type: 'boolean', default: false },
  },
});
if (options.data === undefined) {
  console.error('auto-attack: no data: give --data DIR, a folder with mnist/ and anchors/ inside.');
  process.exit(2);
}

const here = fileURLToPath(new URL('.', import.meta.url));
if (options.worker) await attackOurs();
else await compare();

async function compare() {
  const rows = [];
  for (const model of options.models.split(',')) {
    for (const attack of options.attacks.split(',')) {
      const settings = ['data', 'norm', 'epsilon', 'images', 'threads', 'batch', 'seed'].map((key) => `--${key}=${options[key]}`);
      const self = [fileURLToPath(import.meta.url), '--worker', `--models=${model}`, `--attacks=${attack}`, ...settings];
      const ours = await lineOf(process.execPath, self);
      const { reference, data, norm, epsilon, images, threads } = options;
      const script = [join(here, 'auto-attack.py'), resolve(reference ?? ''), data, model, norm, epsilon, images, threads, attack];
      const theirs = reference === undefined ? undefined : await lineOf('python3', script);
      rows.push({ model, ...ours, ...(theirs ? { reference: theirs, ratio: Number((ours.seconds / theirs.seconds).toFixed(2)) } : {}) });
      console.log(JSON.stringify(rows.at(-1)));
    }
  }
  if (!options.write) return;
  const { norm, epsilon, images, threads, batch, seed } = options;
  const about = { recipe: 'apps/recipes/auto-attack.mjs', node: process.version, cpu: cpus()[0].model, threads: Number(threads) };
  const asked = { norm, epsilon: Number(epsilon), images: Number(images), batch: Number(batch), seed: Number(seed) };
  mkdirSync(join(here, 'results'), { recursive: true });
  const path = join(here, 'results', `auto-attack-${norm}.json`);
  writeFileSync(path, `${JSON.stringify({ ...about, ...asked, rows }, null, 1)}\n`);
  console.log(`auto-attack: wrote ${path}`);
}

/** The last line that a process prints, as JSON; its other lines and its errors pass through. */
async function lineOf(command, args) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let last;
  for await (const line of createInterface({ input: child.stdout })) last = line;
  const code = child.exitCode ?? (await new Promise((done) => child.once('exit', done)));
  if (code !== 0 || last === undefined) {
    console.error(`auto-attack: ${command} ended with code ${code}.`);
    process.exit(1);
  }
  return JSON.parse(last);
}

async function attackOurs() {
  await import('@tensorflow/tfjs-backend-wasm');
  const attacks = await import('@groundstate/attacks');
  const core = await import('@groundstate/core');
  const { mnist } = await import('@groundstate/datasets');
  const { directorySource } = await import('@groundstate/datasets/node');
  const { evaluate, outcomes, robustAccuracy } = await import('@groundstate/metrics');
  const { loadModelFromDirectory } = await import('@groundstate/models/node');
  const { enableTrainingKernels } = await import('@groundstate/wasm');
  const { threads } = await enableTrainingKernels({ threads: Number(options.threads) });
  if (threads !== Number(options.threads)) throw new Error(`asked for ${options.threads} threads, got ${threads}`);
  const known = {
    standard: attacks.autoAttack,
    plus: () => attacks.autoAttack({ version: 'plus' }),
    'apgd-ce': attacks.apgdCe,
    'apgd-dlr': attacks.apgdDlr,
    'apgd-t': attacks.apgdT,
    'fab-t': attacks.fabT,
    square: attacks.square,
  };
  const model = await loadModelFromDirectory(join(options.data, 'anchors', `mnist-lenet5-${options.models}`));
  const all = await mnist({ source: directorySource(join(options.data, 'mnist')) }).load('test');
  const examples = core.subset(
    all,
    Int32Array.from({ length: Number(options.images) }, (_, i) => i),
  );
  const norms = { linf: core.linf, l2: core.l2, l1: core.l1 };
  const start = performance.now();
  const { values, passes } = await evaluate(model, examples, {
    attacks: { [options.attacks]: known[options.attacks]() },
    threat: { norm: norms[options.norm](), epsilon: Number(options.epsilon) },
    metrics: [robustAccuracy(), outcomes()],
    seed: Number(options.seed),
    batchSize: Number(options.batch),
  });
  const seconds = Number(((performance.now() - start) / 1000).toFixed(2));
  const standing = Math.round(values.robustAccuracy.worst.accuracy * examples.size);
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ attack: options.attacks, standing, seconds, ...passes[options.attacks], peakMiB }));
}
