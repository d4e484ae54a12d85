import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groundstate } from '../../tests/in-process';

let folder = '';
let first = '';
let said: Awaited<ReturnType<typeof groundstate>>;
const small = ['--dataset', 'synthetic-digits', '--train', '64', '--epochs', '1', '--batch-size', '32', '--backend', 'wasm'];
const asked = ['--model', 'mlp:hidden=8', '--defence', 'trades:steps=1', '--norm', 'linf', '--epsilon', '8/255'];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-train-'));
  first = join(folder, 'first');
  said = await groundstate('train', ...small, ...asked, '--out', first);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('groundstate train', () => {
  it('says what came of it, and how to attack the model, in words that work', async () => {
    expect(said).toMatchObject({ code: 0 });
    // One step and two passes.
    expect(said.stdout).toContain('192 gradient evaluations, 3 an example and visit');
    const advice = said.stdout.split('\n').find((line) => line.includes('groundstate evaluate'))!;
    const words = advice.trim().split(' ').slice(1);
    expect(words.slice(0, 3)).toEqual(['evaluate', '--model', join(first, 'models', 'trades-steps-1')]);
    const short = words.map((word) => (word.startsWith('square:') ? 'square:queries=5' : word === 'apgd-ce' ? 'apgd-ce:steps=2' : word));
    const attacked = await groundstate(...short, '--limit', '5', '--backend', 'wasm');
    expect([attacked.code, attacked.stdout]).toEqual([0, expect.stringContaining('square')]);
  });

  it('keeps in config.json what repeats it, and answers machines with the results', async () => {
    const before = tf.memory().numTensors;
    const again = join(folder, 'again');
    const config = join(first, 'config.json');
    const { code, stdout } = await groundstate('train', '--config', config, '--out', again, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schema: 'groundstate/training@1', threat: { norm: 'linf', epsilon: 8 / 255 } });
    expect(await readFile(join(again, 'results.json'), 'utf8')).toBe(await readFile(join(first, 'results.json'), 'utf8'));
    expect(JSON.parse(await readFile(config, 'utf8')).request).not.toHaveProperty('out');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('never overwrites a finished run, and has nothing to go on with in one', async () => {
    const results = await readFile(join(first, 'results.json'), 'utf8');
    const over = await groundstate('train', ...small, '--out', first);
    expect([over.code, over.stdout]).toEqual([2, '']);
    expect(over.stderr).toContain('It holds a finished run, which is never overwritten');
    const resumed = await groundstate('train', '--resume', first);
    expect([resumed.code, resumed.stdout]).toEqual([2, '']);
    expect(resumed.stderr).toContain('to be an unfinished run, got a finished one');
    expect(await readFile(join(first, 'results.json'), 'utf8')).toBe(results);
  });

  it('refuses what could only fail later before anything is written', async () => {
    const out = join(folder, 'never');
    const wrong: readonly (readonly [parameters: readonly string[], message: string])[] = [
      [['--defence', 'trade'], 'Did you mean trades?'],
      [['--defence', 'vat', '--norm', 'linf'], 'vat: expected `threat.norm` to be one that it is defined for (l2), got "linf".'],
      [['--model', 'mlp:hiden=3'], 'Did you mean hidden?'],
      [['--model', 'convnet:dropout=2'], 'convnet: expected `dropout` to be a number from 0 to below 1, got 2.'],
      [['--dataset', 'synthetic-digit'], 'Did you mean synthetic-digits?'],
      [['--dataset', 'mnist', '--data', join(folder, 'nowhere')], 'to be a folder with the MNIST files'],
      [['--train', '10001'], 'train: expected `sizes.train` to be at most 10000, what the training set has, got 10001.'],
      [['--set', 'validation.patience=3'], 'train: expected `validation.images` to be above 0 where there is a patience, got 0.'],
      [['--set', 'validation.attack=deepfool', '--norm', 'l1'], 'one that deepfool is defined for (linf, l2), got "l1"'],
    ];
    for (const [parameters, message] of wrong) {
      const ended = await groundstate('train', ...small, ...parameters, '--out', out);
      expect([parameters, ended.stderr, ended.stdout]).toEqual([parameters, expect.stringContaining(message), '']);
      expect(ended.code).toBeGreaterThan(0);
      expect(existsSync(out)).toBe(false);
    }
  });
});
