import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createOutput } from '../console/output';
import { presets } from '../presets';
import { type RunFlags, readRunRequest, run } from './run';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  vi.stubEnv('GROUNDSTATE_DATA', undefined);
  vi.stubEnv('GROUNDSTATE_CACHE', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
});

const attempt = (flags: RunFlags, pipeline = 'mnist') => run(pipeline, flags, createOutput());

it('a run that goes on takes no other settings', async () => {
  await expect(attempt({ resume: 'somewhere', preset: 'smoke' })).rejects.toThrow(
    'run: expected `--resume` to be the only option, got "--preset beside it".',
  );
  await expect(attempt({ resume: 'somewhere', set: ['seed=1'] })).rejects.toThrow('got "--set beside it"');
});

it('wrong use is refused before anything is written', async () => {
  const out = join(folder, 'never');
  await expect(attempt({ out }, 'cifar10')).rejects.toThrow('run: expected `pipeline` to be one of \'mnist\', got "cifar10".');
  await expect(attempt({ out, preset: 'quikc' })).rejects.toThrow(
    "run: expected `--preset` to be one of 'smoke', 'quick', 'standard', got \"quikc\". Did you mean quick?",
  );
  await expect(attempt({ out, norm: 'l1' })).rejects.toThrow("run: expected `--norm` to be one of 'linf', 'l2', got \"l1\".");
  await expect(attempt({ out, epsilon: '-1' })).rejects.toThrow(
    "run: expected `--epsilon` to be a finite number, such as 0.3 or '8/255', above 0, got -1.",
  );
  await expect(attempt({ out, data: '/nonexistent' })).rejects.toThrow(
    '--data: expected `/nonexistent` to be a folder with the MNIST files',
  );
  // Square is defined for all norms, VAT for l2 alone: it would have diverged from the others' threat only in its turn.
  await expect(attempt({ out, norm: 'linf', defence: ['standard', 'vat'] })).rejects.toThrow('vat: expected `threat.norm`');
  await expect(attempt({ out, defence: ['pgd-at', 'pgd-at'] })).rejects.toThrow('nobody stands twice, got "pgd-at"');
  await expect(attempt({ out, set: ['sizes.attacks=["pdg"]'] })).rejects.toThrow('got "pdg"');
  expect(await readdir(folder)).toEqual([]);
});

it('every setting has one place, and what is said later wins: defaults, preset, --config, options, --set', async () => {
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ seed: 1, threat: { norm: 'linf', epsilon: '8/255' }, sizes: { train: 100, epochs: 3 } }));
  const { about: _, ...quick } = presets.quick;
  expect(await readRunRequest({})).toEqual({
    preset: 'quick',
    seed: 0,
    backend: 'auto',
    data: null,
    threat: { norm: 'l2', epsilon: 2 },
    defences: ['standard', 'pgd-at', 'energy-d2'],
    sizes: quick,
    out: null,
  });
  // Where the file says nothing, the preset does.
  const fromFile = await readRunRequest({ config, preset: 'smoke' });
  expect(fromFile).toMatchObject({ seed: 1, threat: { norm: 'linf', epsilon: 8 / 255 }, preset: 'smoke' });
  expect(fromFile.sizes).toMatchObject({ train: 100, epochs: 3, test: presets.smoke.test, audit: presets.smoke.audit });
  const flagged = await readRunRequest({ config, seed: '2', epsilon: '0.5', defence: ['pgd-at'] });
  expect(flagged).toMatchObject({ seed: 2, threat: { norm: 'linf', epsilon: 0.5 }, defences: ['pgd-at'] });
  const set = ['seed=3', 'threat.epsilon=1/4', 'sizes.audit.images=7', 'defences=["standard"]', 'data=null', 'sizes.epochs=5'];
  const settled = await readRunRequest({ config, seed: '2', data: 'somewhere', set });
  expect(settled).toMatchObject({ seed: 3, threat: { epsilon: 0.25 }, defences: ['standard'], data: null });
  expect(settled.sizes).toMatchObject({ train: 100, epochs: 5, audit: { ...quick.audit, images: 7 } });
});

it('the variable for the data is a default, then MNIST in the cache, and null stands for synthetic digits', async () => {
  vi.stubEnv('GROUNDSTATE_DATA', 'mine');
  expect((await readRunRequest({})).data).toBe('mine');
  expect((await readRunRequest({ data: 'other' })).data).toBe('other');
  expect((await readRunRequest({ set: ['data=null'] })).data).toBeNull();
  vi.stubEnv('GROUNDSTATE_DATA', '');
  expect((await readRunRequest({})).data).toBeNull();
  const cache = await mkdtemp(join(folder, 'fetched-'));
  vi.stubEnv('GROUNDSTATE_CACHE', cache);
  await mkdir(join(cache, 'mnist'));
  await writeFile(join(cache, 'mnist', 't10k-labels-idx1-ubyte'), '');
  expect((await readRunRequest({})).data).toBe(cache);
  expect((await readRunRequest({ set: ['data=null'] })).data).toBeNull();
});

it('a preset beside a configuration that names another one and its sizes is refused: it would change nothing', async () => {
  const config = join(folder, 'whole.json');
  await writeFile(config, JSON.stringify({ preset: 'smoke', sizes: { train: 100 } }));
  await expect(readRunRequest({ config, preset: 'quick' })).rejects.toThrow(
    'run: expected `preset` to be "smoke", to which the sizes of the configuration belong, got "quick".',
  );
  expect(await readRunRequest({ config, preset: 'smoke' })).toMatchObject({ sizes: { train: 100 } });
});
