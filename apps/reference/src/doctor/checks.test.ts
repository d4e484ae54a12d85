import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { syntheticDigits } from '@groundstate/datasets';
import { writeIdxDirectory } from '@groundstate/datasets/node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Installed } from '../installed';
import { checkData } from './check-data';
import { checkNode } from './check-node';
import { checkPackages } from './check-packages';
import { checkDisk, checkMemory } from './check-room';
import { offers } from './offers';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-checks-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('checkNode', () => {
  it('knows what is tested, what is not, and what is too old', () => {
    expect(checkNode('v20.20.2')).toEqual({ check: 'node', state: 'fine', found: 'Node v20.20.2' });
    expect(checkNode('v24.0.0').state).toBe('fine');
    expect(checkNode('v23.5.0')).toMatchObject({ state: 'note', advice: 'If something is odd, try one of 20, 22 and 24.' });
    expect(checkNode('v26.1.0').state).toBe('note');
    expect(checkNode('v18.20.0')).toMatchObject({ state: 'wrong', found: 'Node v18.20.0, which is too old' });
    expect(checkNode('v9.0.0').state).toBe('wrong');
    expect(checkNode().found).toBe(`Node ${process.version}`);
  });
});

describe('checkPackages', () => {
  const one = (name: string, version: string, at = `/x/node_modules/${name}`): Installed => ({ name, version, folder: at });
  const core = one('@tensorflow/tfjs-core', '4.22.0');
  const packages = [one('@groundstate/core', '0.0.0'), one('@tensorflow/tfjs-layers', '4.22.0'), core];

  it('one copy of tfjs-core for all is fine', () => {
    expect(checkPackages({ packages, coreFrom: () => core, here: '/x' })).toEqual({
      check: 'packages',
      state: 'fine',
      found: 'TensorFlow.js 4.22.0, one copy',
    });
  });

  it('two copies are wrong, even of one version; who uses which is said', () => {
    const nested = one('@tensorflow/tfjs-core', '4.22.0', '/x/node_modules/@tensorflow/tfjs-layers/node_modules/@tensorflow/tfjs-core');
    const coreFrom = (from: string): Installed => (from.endsWith('tfjs-layers') ? nested : core);
    const { state, found, advice } = checkPackages({ packages, coreFrom, here: '/x' });
    expect(state).toBe('wrong');
    expect(found.replaceAll('\\', '/')).toBe(
      '2 copies of @tensorflow/tfjs-core: 4.22.0 in node_modules/@tensorflow/tfjs-core (for groundstate, @groundstate/core, @tensorflow/tfjs-core); ' +
        '4.22.0 in node_modules/@tensorflow/tfjs-layers/node_modules/@tensorflow/tfjs-core (for @tensorflow/tfjs-layers)',
    );
    expect(advice).toContain('npm dedupe');
  });

  it('a backend of another version than the core is wrong', () => {
    const mixed = [...packages, one('@tensorflow/tfjs-backend-wasm', '4.21.0')];
    expect(checkPackages({ packages: mixed, coreFrom: () => core, here: '/x' })).toMatchObject({
      state: 'wrong',
      found: expect.stringContaining('@tensorflow/tfjs-backend-wasm 4.21.0'),
    });
  });

  it('another copy where the user stands is worth a note, none at all is wrong', () => {
    const theirs = one('@tensorflow/tfjs-core', '4.20.0', '/theirs');
    const coreFrom = (from: string): Installed => (from === '/here' ? theirs : core);
    expect(checkPackages({ packages, coreFrom, here: '/here' })).toMatchObject({ state: 'note', found: expect.stringContaining('4.20.0') });
    expect(checkPackages({ packages, coreFrom: () => undefined, here: '/here' })).toMatchObject({ state: 'wrong', advice: 'npm install' });
  });

  it('in this repository there is one', () => {
    expect(checkPackages()).toMatchObject({ state: 'fine', found: 'TensorFlow.js 4.22.0, one copy' });
  });
});

describe('checkMemory', () => {
  it('notes when little is free', () => {
    expect(checkMemory(3 * 2 ** 30, 8 * 2 ** 30)).toEqual({ check: 'memory', state: 'fine', found: '3.0 GiB of 8.0 GiB memory free' });
    expect(checkMemory(200 * 2 ** 20, 2 ** 30)).toMatchObject({ state: 'note', found: '200 MiB of 1.0 GiB memory free' });
  });

  it('asks what a container has, not its machine, and the machine where there is no limit', () => {
    const limit = vi.spyOn(process, 'constrainedMemory').mockReturnValue(2 ** 29);
    expect(checkMemory(2 ** 28).found).toBe('256 MiB of 512 MiB memory free');
    // What Linux gives for none.
    limit.mockReturnValue(2 ** 64);
    expect(checkMemory(2 ** 28).found).toBe(`256 MiB of ${(totalmem() / 2 ** 30).toFixed(1)} GiB memory free`);
    limit.mockRestore();
    expect(checkMemory().found).toMatch(/^\d+(\.\d)? [GM]iB of \d+(\.\d)? [GM]iB memory free$/);
  });
});

describe('checkDisk', () => {
  it('asks the nearest folder that is there, and makes none', async () => {
    const asked: string[] = [];
    const free = async (at: string): Promise<number> => {
      asked.push(at);
      return 5 * 2 ** 30;
    };
    const path = join(folder, 'not', 'yet');
    expect(await checkDisk('runs', path, free)).toEqual({ check: 'disk', state: 'fine', found: `5.0 GiB free for runs, in ${path}` });
    expect(asked).toEqual([folder]);
  });

  it('notes when there is little room, and calls it wrong when there is next to none', async () => {
    expect(await checkDisk('runs', folder, async () => 500 * 2 ** 20)).toMatchObject({ state: 'note' });
    expect(await checkDisk('runs', folder, async () => 50 * 2 ** 20)).toMatchObject({ state: 'wrong' });
  });

  it('a file where the folder should be is wrong, and so is a disk that gives no answer', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await checkDisk('runs', join(folder, 'file', 'runs'))).toMatchObject({
      state: 'wrong',
      found: expect.stringContaining('ENOTDIR'),
    });
    const found = await checkDisk('runs', folder, () => Promise.reject(new Error('no answer')));
    expect(found).toMatchObject({ state: 'wrong', found: `no room for runs, in ${folder}: no answer` });
  });

  it('reads the real disk', async () => {
    expect((await checkDisk('runs', folder)).found).toMatch(/^\d+(\.\d)? [GM]iB free for runs, in /);
  });
});

describe('checkData', () => {
  const env = (): { GROUNDSTATE_CACHE: string } => ({ GROUNDSTATE_CACHE: join(folder, 'empty-cache') });

  it('none at all is worth a note, none in a folder that was named is wrong', async () => {
    const none = await checkData(undefined, env());
    expect(none).toMatchObject({ state: 'note', advice: 'groundstate datasets fetch mnist' });
    expect(none.found).toContain(join(folder, 'empty-cache'));
    expect(await checkData(folder, env())).toEqual({
      check: 'data',
      state: 'wrong',
      found: `no MNIST in ${folder}`,
      advice: `groundstate datasets fetch mnist --data ${folder}`,
    });
    expect(await checkData(undefined, { ...env(), GROUNDSTATE_DATA: folder })).toMatchObject({ state: 'wrong' });
  });

  it('files that are something else are wrong, and what is wrong with each is said', async () => {
    const data = join(folder, 'data', 'mnist');
    await mkdir(data, { recursive: true });
    await writeIdxDirectory(syntheticDigits({ train: 30, test: 20 }), data);
    const { state, found, advice } = await checkData(join(folder, 'data'), env());
    expect(state).toBe('wrong');
    expect(found).toMatch(/^MNIST in .+ is not whole: train-images-idx3-ubyte\.gz: .+; train-labels-idx1-ubyte\.gz: .+; t10k-images/);
    expect(advice).toBeTruthy();
  });

  const real = process.env.GROUNDSTATE_DATA ?? '../shared/data';
  it.skipIf(!existsSync(join(real, 'mnist')))('the real files are verified', async () => {
    const found = await checkData(real, env());
    expect(found).toEqual({ check: 'data', state: 'fine', found: `MNIST in ${join(real, 'mnist')}, verified` });
  });
});

describe('offers', () => {
  const absent = (name: string) => ({ name, state: 'absent', why: '' }) as const;
  const data = (state: 'fine' | 'note') => [{ check: 'data', state, found: '' }] as const;

  it('a line for each backend that is absent, of the very version that is installed here', () => {
    const backends = [
      absent('node-gpu'),
      absent('node'),
      absent('webgpu'),
      { name: 'wasm', state: 'works', trainingStep: 1, inputGradient: 1 },
    ] as const;
    expect(offers(backends, data('fine')).map(({ command }) => command)).toEqual([
      'npm install @tensorflow/tfjs-node-gpu@4.22.0',
      'npm install @tensorflow/tfjs-node@4.22.0',
      'npm install @tensorflow/tfjs-backend-webgpu@4.22.0 webgpu',
    ]);
  });

  it('nothing where nothing is missing; a broken backend is not cured by installing it again', () => {
    expect(offers([{ name: 'node', state: 'broken', why: '' }], data('fine'))).toEqual([]);
    expect(offers([], data('note'))).toEqual([{ command: 'groundstate datasets fetch mnist', what: 'the real MNIST, 11 MB' }]);
  });
});
