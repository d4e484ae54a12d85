/** Evaluations from the command line: left and continued, their images saved and judged again, what is told of members and findings. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpz, writeNpz } from '../src/npz/npz';
import type { Results } from '../src/results';
import { type Ended, groundstate } from './in-process';

let folder = '';
const at = (...path: string[]) => join(folder, ...path);
const read = async (...path: string[]) => JSON.parse(await readFile(at(...path), 'utf8'));
const setting = ['--dataset', 'synthetic-digits', '--backend', 'wasm'];
const evaluate = (...parameters: string[]): Promise<Ended> =>
  groundstate('evaluate', '--model', at('model'), ...setting, '--norm', 'linf', '--epsilon', '0.1', '--limit', '40', ...parameters);
const attacks = ['--attack', 'pgd:steps=3,restarts=2', '--attack', 'square:queries=30'];
const judge = (file: string, ...parameters: string[]): Promise<Ended> =>
  groundstate('judge', '--model', at('model'), ...setting, '--adversarial', file, ...parameters);
const row = ({ defences }: Results, attack: string) => defences[0]!.robust.find((each) => each.attack === attack)!;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-evaluate-'));
  const small = ['--model', 'mlp:hidden=16', '--train', '400', '--epochs', '3', '--batch-size', '32', '--set', 'data=null'];
  const { code, stderr } = await groundstate('train', ...small, '--backend', 'wasm', '--out', at('trained'));
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  await rename(at('trained', 'models', 'standard'), at('model'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('an evaluation in a folder', () => {
  it('that is interrupted within a batch goes on from the last attack, to the same results and images', async () => {
    const before = tf.memory().numTensors;
    const long = ['--attack', 'pgd:steps=5', '--attack', 'square:queries=100', '--set', 'seed=3'];
    const whole = await evaluate(...long, '--out', at('whole'), '--save-adversarial', at('whole.npz'), '--json');
    expect([whole.code, JSON.parse(whole.stdout)]).toEqual([0, await read('whole', 'results.json')]);
    expect((await readdir(at('whole'))).sort()).toEqual(['config.json', 'outcomes.json', 'results.json', 'timings.json']);

    const verdict = at('left', 'work', 'model', 'verdicts', '0-0.npz');
    const watch = setInterval(() => {
      if (!existsSync(verdict)) return;
      clearInterval(watch);
      process.emit('SIGINT');
    }, 1);
    const left = await evaluate(...long, '--out', at('left'), '--save-adversarial', at('left.npz')).finally(() => clearInterval(watch));
    expect([left.code, left.stdout]).toEqual([130, '']);
    expect(left.stderr).toContain(`To go on: groundstate evaluate --resume ${at('left')}\n`);
    expect(await read('left', 'work', 'model', 'cursor.json')).toMatchObject({
      examples: 0,
      pending: { size: 40, attacks: ['pgd:steps=5'] },
    });
    expect(existsSync(at('left.npz'))).toBe(false);

    const resumed = await groundstate('evaluate', '--resume', at('left'));
    expect(resumed.code).toBe(0);
    for (const file of ['results.json', 'outcomes.json']) {
      expect(await readFile(at('left', file), 'utf8')).toBe(await readFile(at('whole', file), 'utf8'));
    }
    expect((await readdir(at('left'))).sort()).toEqual(['config.json', 'outcomes.json', 'results.json', 'timings.json']);
    expect(await readFile(at('left.npz'))).toEqual(await readFile(at('whole.npz')));
    const again = await groundstate('evaluate', '--resume', at('left'));
    expect([again.code, again.stderr.includes('got a finished one')]).toEqual([2, true]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is never overwritten, takes no other option when it goes on, and no other model', async () => {
    const taken = await evaluate(...attacks, '--out', at('whole'));
    expect([taken.code, taken.stderr.includes('It holds a finished run, which is never overwritten')]).toEqual([2, true]);
    const saved = await evaluate(...attacks, '--save-adversarial', at('whole.npz'));
    expect(saved).toMatchObject({ code: 2, stdout: '' });
    expect(saved.stderr).toContain(
      'to be a file that does not exist yet, got "one that does". Nothing is overwritten: choose another name.',
    );
    const other = await groundstate('evaluate', '--resume', at('whole'), '--seed', '4');
    expect(other.stderr).toContain('evaluate: expected `--resume` to be the only option, got "--seed beside it"');
  });
});

describe('saved adversarial images', () => {
  it('are judged to the same figures, in bits too, and nothing that the file says is believed', async () => {
    const made = await evaluate(...attacks, '--save-adversarial', at('images.npz'), '--bits', '8', '--json');
    const results: Results = JSON.parse(made.stdout);
    const arrays = (await readNpz(at('images.npz')))!;
    expect(Object.fromEntries(Object.entries(arrays).map(([name, { shape }]) => [name, shape]))).toEqual({
      ids: [40],
      labels: [40],
      attacks: [2],
      adversarial: [2, 40, 28, 28, 1],
      success: [2, 40],
      distance: [2, 40],
      norm: [],
      epsilon: [],
      dataset: [],
      model: [],
    });
    expect(arrays.attacks!.values).toEqual(['pgd:steps=3,restarts=2', 'square:queries=30']);
    const judged = await judge(at('images.npz'), '--bits', '8', '--json', '--out', at('judged'));
    expect(judged.code).toBe(0);
    const found: Results & { readonly refused: object } = JSON.parse(judged.stdout);
    expect(found).toEqual(await read('judged', 'results.json'));
    for (const attack of ['worst', 'pgd:steps=3,restarts=2', 'square:queries=30']) {
      const { accuracy, low, high, n, distance, rounded } = row(results, attack);
      expect(row(found, attack)).toMatchObject({ accuracy, low, high, n, distance, rounded: { ...rounded, bits: 8 } });
      expect(rounded!.accuracy).toBeGreaterThanOrEqual(accuracy!);
    }
    expect(row(results, 'worst').accuracy).toBeLessThan(results.defences[0]!.clean.accuracy!);
    const none = { notFinite: 0, outsideBox: 0, outsideBall: 0, unlike: 0 };
    expect(found.refused).toMatchObject({ 'square:queries=30': { ...none, largest: expect.closeTo(0.1, 5) } });

    // Half the budget: what was found at all of it lies outside, and everybody who was right still stands.
    const half = await judge(at('images.npz'), '--epsilon', '0.05');
    expect(half.stdout).toMatch(
      /square:queries=30: \d+ images are further than 0\.05 in linf from the clean ones \(0\.1\d* at most\), and count as failed\./,
    );
    const smaller: Results = JSON.parse((await judge(at('images.npz'), '--epsilon', '0.05', '--json')).stdout);
    expect(row(smaller, 'worst').accuracy).toBe(smaller.defences[0]!.clean.accuracy);
    // One image that is not a number, one off the box, and two that the file calls fooled.
    const values = Float32Array.from(arrays.adversarial!.values as Float32Array);
    values[0] = Number.NaN;
    values[784] = 1.5;
    const success = { shape: [2, 40], values: Array.from({ length: 80 }, () => true) };
    await writeNpz(at('forged.npz'), { ...arrays, adversarial: { ...arrays.adversarial!, values }, success });
    const forged = await judge(at('forged.npz'), '--json');
    const { refused } = JSON.parse(forged.stdout);
    expect(refused['pgd:steps=3,restarts=2']).toMatchObject({ notFinite: 1, outsideBox: 1, outsideBall: 0 });
    expect(refused['square:queries=30'].unlike).toBe(Math.round(40 * row(found, 'square:queries=30').accuracy!));
  });

  it('of anybody are judged: ids and images are enough, where the threat is said', async () => {
    const { ids, adversarial } = (await readNpz(at('images.npz')))!;
    const one = { shape: adversarial!.shape.slice(1), values: (adversarial!.values as Float32Array).slice(0, 40 * 784) };
    await writeNpz(at('theirs.npz'), { ids: ids!, adversarial: one });
    const silent = await judge(at('theirs.npz'));
    expect(silent).toMatchObject({ code: 2, stdout: '' });
    expect(silent.stderr).toContain("judge: expected `--norm` to be one of 'linf', 'l2', 'l1', 'l0', got undefined.");
    const said = await judge(at('theirs.npz'), '--norm', 'linf', '--epsilon', '0.1', '--json');
    expect(row(JSON.parse(said.stdout), 'adversarial').n).toBe(40);
  });

  it('are refused by what is wrong with them', async () => {
    const arrays = (await readNpz(at('images.npz')))!;
    const attempt = async (changes: object): Promise<string> => {
      await writeNpz(at('wrong.npz'), { ...arrays, ...changes });
      const { code, stdout, stderr } = await judge(at('wrong.npz'));
      expect([code > 0, stdout]).toEqual([true, '']);
      return stderr;
    };
    const ids = arrays.ids!.values as Int32Array;
    expect(await attempt({ ids: { shape: [40], values: ids.map((id, i) => (i === 3 ? 99999 : id)) } })).toMatch(
      /to be ids of the test set, 0 to \d+, got 99999\./,
    );
    expect(await attempt({ ids: { shape: [40], values: ids.map((id, i) => (i === 3 ? ids[0]! : id)) } })).toContain('each there once');
    const labels = (arrays.labels!.values as Int32Array).map((label, i) => (i === 3 ? (label + 1) % 10 : label));
    expect(await attempt({ labels: { shape: [40], values: labels } })).toContain('to be those of the test set, got');
    expect(await attempt({ adversarial: { ...arrays.adversarial!, shape: [2, 40, 784] } })).toContain(
      'to be of shape [40, 28, 28, 1], or [attacks, 40, 28, 28, 1], got [2, 40, 784].',
    );
    expect(await attempt({ attacks: { shape: [2], values: ['pgd', 'worst'] } })).toContain('names that differ');
    await writeFile(at('text.npz'), 'no archive');
    expect((await judge(at('text.npz'))).stderr).toContain('to be a zip archive, got a file without the end of one.');
    expect((await judge(at('nowhere.npz'))).stderr).toContain('--adversarial: expected `');
  });
});

describe('what is told of the attacks', () => {
  it('says what each member of an attack broke, and a finding where Square is ahead of gradients', async () => {
    // PGD that does not move is an attack with gradients that finds nothing.
    const { stdout } = await evaluate('--attack', 'pgd:steps=1,step=0.00001,randomStart=false', '--attack', 'square:queries=60', '--json');
    const { defences }: Results = JSON.parse(stdout);
    expect(defences[0]!.findings).toEqual([
      expect.objectContaining({ code: 'square-beats-gradients', message: expect.stringContaining('Square') }),
    ]);
    const said = await evaluate(
      '--attack',
      'pgd:steps=3,restarts=2',
      '--attack',
      'pgd:steps=1,step=0.00001',
      '--attack',
      'square:queries=60',
    );
    expect(said.stdout).toMatch(/pgd:steps=3,restarts=2, member by member: pgd broke \d+, [\d.]+ % left; pgd broke \d+, [\d.]+ % left/);
    expect(said.code).toBe(0);
  });

  it('counts the members of AutoAttack, each after those before it', async () => {
    const { stdout, stderr } = await evaluate('--attack', 'auto-attack', '--limit', '3', '--json', '--out', at('auto'));
    expect(stderr).not.toContain('expected');
    const results: Results = JSON.parse(stdout);
    const { accuracy, members } = row(results, 'auto-attack');
    expect(members!.map(({ attack }) => attack)).toEqual(['apgd-ce', 'apgd-t', 'fab-t', 'square']);
    expect(members!.at(-1)!.standing!.accuracy).toBe(accuracy);
    const clean = results.defences[0]!.clean;
    expect(Math.round(clean.accuracy! * clean.n) - members!.reduce((sum, { broke }) => sum + broke, 0)).toBe(Math.round(accuracy! * 3));
    const page = await groundstate('report', at('auto'));
    expect(page.code).toBe(0);
    const html = await readFile(at('auto', 'report.html'), 'utf8');
    expect(html).toContain('robust accuracy in % after each member');
    expect(html).toContain('None of them was found, which proves nothing.');
  });

  it('on survivors only comes to the same worst case, and says what its columns mean', async () => {
    const each: Results = JSON.parse((await evaluate(...attacks, '--json')).stdout);
    const only = await evaluate(...attacks, '--survivors-only', '--json', '--out', at('cascade'));
    const cascade: Results = JSON.parse(only.stdout);
    expect(each).not.toHaveProperty('cascade');
    expect(cascade.cascade).toEqual(['pgd:steps=3,restarts=2', 'square:queries=30']);
    const { passes: _, rounded: __, ...worst } = row(each, 'worst');
    expect(row(cascade, 'worst')).toMatchObject({ accuracy: worst.accuracy, n: 40 });
    expect(row(cascade, 'square:queries=30').accuracy).toBe(worst.accuracy);
    expect(row(cascade, 'square:queries=30').passes!.forwards).toBeLessThan(row(each, 'square:queries=30').passes!.forwards);
    const { stdout } = await evaluate(...attacks, '--survivors-only');
    expect(stdout).toContain('Survivors only, in the order pgd, square: each column is after that attack and all before it.');
    await groundstate('report', at('cascade'));
    expect(await readFile(at('cascade', 'report.html'), 'utf8')).toContain('No column is comparable with one of another order.');
  });

  it('counts coordinates under l0, where no path of energies is drawn', async () => {
    const { code, stdout } = await groundstate(
      ...['evaluate', '--model', at('model'), ...setting, '--norm', 'l0', '--epsilon', '10'],
      ...['--attack', 'jsma:targets=1', '--limit', '3', '--json'],
    );
    expect(code).toBe(0);
    const [defence] = JSON.parse(stdout).defences;
    expect(defence.energy).toEqual({ D1: null, D2: null, D4: null, D8: null });
    expect(defence.robust[0].distance.median === null || Number.isInteger(2 * defence.robust[0].distance.median)).toBe(true);
  });
});
