import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { groundstate } from './in-process';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (...path: string[]) => join(folder, ...path);
const read = async (...path: string[]) => JSON.parse(await readFile(at(...path), 'utf8'));
const tiny = {
  preset: 'smoke',
  backend: 'wasm',
  data: null,
  seed: 3,
  threat: { norm: 'linf', epsilon: '8/255' },
  defences: ['standard', 'pgd-at:steps=2'],
  sizes: { train: 24, batchSize: 12, test: 4, attacks: ['pgd:steps=1'], audit: { images: 2, steps: 1, samples: 1 } },
};

describe('a run from the command line', () => {
  it('is repeated by its own config.json, to the same results, whatever folder it goes to', async () => {
    const before = tf.memory().numTensors;
    await writeFile(at('tiny.json'), JSON.stringify(tiny));
    const first = await groundstate('run', 'mnist', '--config', at('tiny.json'), '--seed', '5', '--out', at('first'), '--json');
    expect(first.stderr.split('\n').filter((line) => line.includes('expected'))).toEqual([]);
    expect(first.code).toBe(0);
    // One JSON document, and it is the results.
    expect(JSON.parse(first.stdout)).toEqual(await read('first', 'results.json'));
    const { request, command, ...config } = await read('first', 'config.json');
    expect(request).toMatchObject({ ...tiny, seed: 5, threat: { norm: 'linf', epsilon: 8 / 255 } });
    expect('out' in request).toBe(false);
    expect(config).toMatchObject({
      pipeline: 'mnist',
      preset: 'smoke',
      task: 'supervised',
      seed: 5,
      seeds: [5],
      data: null,
      backend: 'wasm',
      model: 'convnet',
      sizes: { train: 24, epochs: 1 },
    });
    expect(command).toBe(`groundstate run mnist --config ${at('tiny.json')} --seed 5 --out ${at('first')} --json`);
    expect((await readdir(at('first', 'models'))).sort()).toEqual(['pgd-at-steps-2', 'standard']);

    const again = await groundstate('run', 'mnist', '--config', at('first', 'config.json'), '--out', at('again'));
    expect(again.code).toBe(0);
    for (const file of ['results.json', 'outcomes.json', 'audit.json']) {
      expect(await readFile(at('again', file), 'utf8')).toBe(await readFile(at('first', file), 'utf8'));
    }
    expect((await read('again', 'config.json')).fingerprint).toBe(config.fingerprint);
    // For people: a table, and where everything is.
    expect(again.stdout).toContain('pgd-at-steps-2');
    expect(again.stdout).toContain(at('again'));
    expect(existsSync(at('again', 'report.html'))).toBe(true);

    const other = await groundstate('run', 'mnist', '--config', at('first', 'config.json'), '--out', at('first'));
    expect(other).toMatchObject({ code: 2, stdout: '' });
    expect(other.stderr).toContain('It holds a finished run, which is never overwritten');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is answered, whatever becomes of the report, and says how to write that', async () => {
    vi.doMock('../src/report/write-report', () => ({
      writeReport: () => Promise.reject(new GroundstateError('io', 'write: as injected.')),
    }));
    const config = ['--config', at('tiny.json'), '--defence', 'standard'];
    const { code, stdout, stderr } = await groundstate('run', 'mnist', ...config, '--out', at('a report less'), '--json');
    vi.doUnmock('../src/report/write-report');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual(await read('a report less', 'results.json'));
    expect(stderr).toContain(`groundstate report '${at('a report less')}'\nwrite: as injected.\n`);
    expect(stderr).not.toContain('To go on');
    expect(existsSync(at('a report less', 'report.html'))).toBe(false);
    expect(await groundstate('report', at('a report less'))).toMatchObject({ code: 0 });
    expect(existsSync(at('a report less', 'report.html'))).toBe(true);
  });

  it('stands beside another one, and the comparison goes into a new folder only', async () => {
    const runs = ['compare', at('first'), at('again')];
    const compared = await groundstate(...runs, '--out', at('both'), '--json');
    expect(compared.code).toBe(0);
    expect(JSON.parse(compared.stdout)).toEqual(await read('both', 'results.json'));
    const before = await readFile(at('both', 'results.json'), 'utf8');
    for (const out of [at('both'), at('tiny.json'), at('tiny.json', 'below')]) {
      const refused = await groundstate(...runs, '--out', out);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toContain(`--out: expected \`${out}\` to be a new or empty folder, got `);
    }
    expect(await readFile(at('both', 'results.json'), 'utf8')).toBe(before);
  });

  it('its models are evaluated by the same settings, and that too is repeated by its config.json', async () => {
    const model = ['--model', at('first', 'models', 'standard'), '--dataset', 'synthetic-digits', '--backend', 'wasm'];
    const settings = ['--norm', 'linf', '--epsilon', '8/255', '--attack', 'pgd:steps=1', '--limit', '4', '--seed', '5'];
    const before = tf.memory().numTensors;
    const first = await groundstate('evaluate', ...model, ...settings, '--out', at('evaluated'), '--json');
    expect(first.code).toBe(0);
    const results = await read('evaluated', 'results.json');
    expect(JSON.parse(first.stdout)).toEqual(results);
    // The same images, attack and seed as in the run.
    const [row] = (await read('first', 'results.json')).defences;
    expect(results.defences[0]).toMatchObject({ name: 'standard', clean: row.clean, robust: row.robust });
    expect((await readdir(at('evaluated'))).sort()).toEqual(['config.json', 'outcomes.json', 'results.json', 'timings.json']);
    const again = await groundstate('evaluate', '--config', at('evaluated', 'config.json'), '--out', at('evaluated-again'));
    expect(again.code).toBe(0);
    expect(await read('evaluated-again', 'results.json')).toEqual(results);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('tuning and ranking answer with their results, and are repeated too', async () => {
    const small = ['--backend', 'wasm', '--epsilon', '1', '--epochs', '1', '--set', 'data=null', '--set', 'sizes.batchSize=8'];
    const tuned = await groundstate(
      ...['tune', 'mnist', '--out', at('tuning'), '--trials', '2', '--train', '16', '--validation', '4', '--json'],
      ...['--contenders', 'standard,one-step-at', '--attack', 'pgd:steps=1', ...small],
    );
    expect(tuned.code).toBe(0);
    expect(JSON.parse(tuned.stdout)).toEqual(await read('tuning', 'results.json'));
    const sizes = ['--seeds', '1', '--train', '16', '--test', '4', '--epochs', '1', '--attack', 'pgd:steps=1', '--backend', 'wasm'];
    const ranked = await groundstate('rank', 'mnist', '--tuning', at('tuning'), '--out', at('ranking'), '--json', ...sizes);
    expect(ranked.code).toBe(0);
    expect(JSON.parse(ranked.stdout)).toEqual(await read('ranking', 'results.json'));
    expect((await read('ranking', 'config.json')).pipeline).toBe('rank');
    await expect(readFile(at('ranking', 'report.html'), 'utf8')).resolves.toMatch(/^<!DOCTYPE html>/);
    const again = await groundstate('rank', 'mnist', '--config', at('ranking', 'config.json'), '--out', at('ranking-again'));
    expect(again.code).toBe(0);
    expect(await read('ranking-again', 'results.json')).toEqual(await read('ranking', 'results.json'));
    // A configuration belongs to its command.
    const crossed = await groundstate('tune', 'mnist', '--config', at('ranking', 'config.json'), '--out', at('never'));
    expect(crossed).toMatchObject({ code: 2, stdout: '' });
    expect(crossed.stderr).toContain('to be the config.json of a run of tune, got that of a run of rank.');
    expect(existsSync(at('never'))).toBe(false);
  });
});
