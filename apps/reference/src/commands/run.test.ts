import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createOutput } from '../console/output';
import type { PipelineName } from '../pipelines/pipeline';
import { pipelines, settle } from '../pipelines/registry';
import { run } from './run';
import { type RunFlags, readRunRequest } from './run-flags';

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
const request = (flags: RunFlags, pipeline: PipelineName = 'mnist') => readRunRequest(pipelines[pipeline], flags);

it('a run that goes on takes no other settings', async () => {
  await expect(attempt({ resume: 'somewhere', preset: 'smoke' })).rejects.toThrow(
    'run: expected `--resume` to be the only option, got "--preset beside it".',
  );
  await expect(attempt({ resume: 'somewhere', set: ['seed=1'] })).rejects.toThrow('got "--set beside it"');
});

it('wrong use is refused before anything is written', async () => {
  const out = join(folder, 'never');
  await expect(attempt({ out }, 'cifar')).rejects.toThrow(
    "run: expected `pipeline` to be one of 'mnist', 'fashion-mnist', 'cifar10', 'svhn', got \"cifar\".",
  );
  await expect(attempt({ out, preset: 'quikc' })).rejects.toThrow(
    "run: expected `--preset` to be one of 'smoke', 'quick', 'standard', 'paper', got \"quikc\". Did you mean quick?",
  );
  await expect(attempt({ out, norm: 'l1' })).rejects.toThrow("run: expected `--norm` to be one of 'linf', 'l2', got \"l1\".");
  await expect(attempt({ out, epsilon: '-1' })).rejects.toThrow(
    "run: expected `--epsilon` to be a finite number, such as 0.3 or '8/255', above 0, got -1.",
  );
  await expect(attempt({ out, data: '/nonexistent' })).rejects.toThrow(
    '--data: expected `/nonexistent` to be a folder with the MNIST files',
  );
  await expect(attempt({ out, data: '/nonexistent' }, 'svhn')).rejects.toThrow(
    '--data: expected `/nonexistent` to be a folder with the SVHN files in it or in its folder svhn, got none. ' +
      'Put train_32x32.mat and test_32x32.mat there, or leave --data out to use synthetic street digits.',
  );
  // Square is defined for all norms, VAT for l2 alone: it would have diverged from the others' threat only in its turn.
  await expect(attempt({ out, norm: 'linf', defence: ['standard', 'vat'] })).rejects.toThrow('vat: expected `threat.norm`');
  await expect(attempt({ out, defence: ['pgd-at', 'pgd-at'] })).rejects.toThrow('nobody stands twice, got "pgd-at"');
  await expect(attempt({ out, defence: ['pgd-at'], defences: 'standard' })).rejects.toThrow(
    'run: expected `--defence` to be left out beside --defences, got "pgd-at".',
  );
  await expect(attempt({ out, set: ['sizes.attacks=["pdg"]'] })).rejects.toThrow('got "pdg"');
  await expect(attempt({ out, model: 'convnte' })).rejects.toThrow('Did you mean convnet?');
  await expect(attempt({ out, set: ['training.schedule=dorps'] })).rejects.toThrow('training.schedule: expected `name`');
  await expect(attempt({ out, set: ['training.preprocessing=chanels'] })).rejects.toThrow('Did you mean channels?');
  await expect(attempt({ out, task: 'unsupervised' })).rejects.toThrow("expected `--task` to be one of 'supervised', 'semi-supervised'");
  await expect(attempt({ out, labels: '100' })).rejects.toThrow(
    'run: expected `labels` to be left out in the supervised task, got 100. Few labels make --task semi-supervised.',
  );
  await expect(attempt({ out, task: 'semi-supervised', set: ['sizes.labels=null'] })).rejects.toThrow(
    'run: expected `labels` to be a number in the semi-supervised task, got null.',
  );
  await expect(attempt({ out, seeds: '0' })).rejects.toThrow('run: expected `--seeds` to be an integer of at least 1, got 0.');
  await expect(attempt({ out, limitSeconds: '0' })).rejects.toThrow('run: expected `--limit-seconds` to be');
  expect(await readdir(folder)).toEqual([]);
});

it('every setting has one place, and what is said later wins: defaults, preset, --config, options, --set', async () => {
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ seed: 1, threat: { norm: 'linf', epsilon: '8/255' }, sizes: { train: 100, epochs: 3 } }));
  const { sizes: quick, training, model } = settle(pipelines.mnist, 'supervised', 'quick');
  expect(await request({})).toEqual({
    task: 'supervised',
    preset: 'quick',
    seed: 0,
    seeds: 1,
    backend: 'auto',
    data: null,
    threat: { norm: 'l2', epsilon: 2 },
    model,
    defences: ['standard', 'pgd-at:warmUp=0.3', 'energy-d2:warmUp=0.3'],
    sizes: quick,
    training,
    out: null,
  });
  // Where the file says nothing, the preset does.
  const smoke = settle(pipelines.mnist, 'supervised', 'smoke').sizes;
  const fromFile = await request({ config, preset: 'smoke' });
  expect(fromFile).toMatchObject({ seed: 1, threat: { norm: 'linf', epsilon: 8 / 255 }, preset: 'smoke' });
  expect(fromFile.sizes).toMatchObject({ train: 100, epochs: 3, test: smoke.test, audit: smoke.audit });
  const flagged = await request({ config, seed: '2', epsilon: '0.5', defence: ['pgd-at'] });
  expect(flagged).toMatchObject({ seed: 2, threat: { norm: 'linf', epsilon: 0.5 }, defences: ['pgd-at'] });
  const set = ['seed=3', 'threat.epsilon=1/4', 'sizes.audit.images=7', 'defences=["standard"]', 'data=null', 'sizes.epochs=5'];
  const settled = await request({ config, seed: '2', data: 'somewhere', set });
  expect(settled).toMatchObject({ seed: 3, threat: { epsilon: 0.25 }, defences: ['standard'], data: null });
  expect(settled.sizes).toMatchObject({ train: 100, epochs: 5, audit: { ...quick.audit, images: 7 } });
});

it('the variable for the data is a default, then MNIST in the cache, and null stands for synthetic digits', async () => {
  vi.stubEnv('GROUNDSTATE_DATA', 'mine');
  expect((await request({})).data).toBe('mine');
  expect((await request({ data: 'other' })).data).toBe('other');
  expect((await request({ set: ['data=null'] })).data).toBeNull();
  vi.stubEnv('GROUNDSTATE_DATA', '');
  expect((await request({})).data).toBeNull();
  const cache = await mkdtemp(join(folder, 'fetched-'));
  vi.stubEnv('GROUNDSTATE_CACHE', cache);
  await mkdir(join(cache, 'mnist'));
  await writeFile(join(cache, 'mnist', 't10k-labels-idx1-ubyte'), '');
  expect((await request({})).data).toBe(cache);
  expect((await request({ set: ['data=null'] })).data).toBeNull();
});

it('a preset beside a configuration that names another one and its sizes is refused: it would change nothing', async () => {
  const config = join(folder, 'whole.json');
  await writeFile(config, JSON.stringify({ preset: 'smoke', sizes: { train: 100 } }));
  await expect(request({ config, preset: 'quick' })).rejects.toThrow(
    'run: expected `preset` to be "smoke", to which the sizes of the configuration belong, got "quick".',
  );
  expect(await request({ config, preset: 'smoke' })).toMatchObject({ sizes: { train: 100 } });
});

it("what nobody says is the pipeline's, for the task and the norm", async () => {
  expect(await request({ norm: 'linf' })).toMatchObject({ threat: { norm: 'linf', epsilon: 0.3 } });
  expect((await request({}, 'cifar10')).threat).toEqual({ norm: 'linf', epsilon: 8 / 255 });
  const few = await request({ task: 'semi-supervised' }, 'svhn');
  expect(few).toMatchObject({ threat: { norm: 'l2', epsilon: 3.5 }, sizes: { labels: 1000, unlabelledBatchSize: 128 } });
  expect(few.defences).toEqual([
    'standard',
    'vat',
    'vat:entmin=true',
    'virtual-energy-d2:path=power',
    'virtual-energy-d2:path=power,entmin=true',
  ]);
  const paper = await request({ preset: 'paper', norm: 'linf' });
  expect([paper.model, paper.defences[1]]).toEqual(['madry-net', 'pgd-at:steps=40,step=0.01']);
  expect((await request({ task: 'semi-supervised', labels: '250', set: ['sizes.epochs=3'] })).sizes).toMatchObject({
    labels: 250,
    epochs: 3,
  });
  expect((await request({ model: 'mlp:hidden=8', seeds: '3' })).model).toBe('mlp:hidden=8');
});

it('defences stand in one text with commas, in which options belong to the one before', async () => {
  const { defences } = await request({ defences: 'standard,pgd-at:steps=10,warmUp=0.3,energy-d2,trades:beta=1' });
  expect(defences).toEqual(['standard', 'pgd-at:steps=10,warmUp=0.3', 'energy-d2', 'trades:beta=1']);
  expect((await request({ defence: ['pgd-at:steps=2,randomStart=false', 'standard'] })).defences).toHaveLength(2);
  await expect(request({ defences: 'standard,' })).rejects.toThrow('expected `--defences` to be a list of defences');
});

it('the config.json of a run of an earlier version means what it meant then', async () => {
  const config = join(folder, 'earlier.json');
  const { sizes } = settle(pipelines.mnist, 'supervised', 'standard');
  const { labels: _, stepsPerEpoch: __, unlabelledBatchSize: ___, ...then } = sizes;
  const earlier = {
    preset: 'standard',
    seed: 3,
    backend: 'wasm',
    data: null,
    threat: { norm: 'l2', epsilon: 2 },
    defences: ['pgd-at'],
    sizes: then,
  };
  await writeFile(config, JSON.stringify({ schema: 'groundstate/config@1', pipeline: 'mnist', request: earlier }));
  expect(await request({ config })).toEqual({
    ...earlier,
    task: 'supervised',
    seeds: 1,
    model: 'convnet',
    sizes: { ...then, labels: null, stepsPerEpoch: null, unlabelledBatchSize: null },
    training: { optimiser: 'adam', learningRate: 1e-3, schedule: 'drops:at=0.75,factor=0.1', augmentation: 'none', preprocessing: 'none' },
    out: null,
  });
  await expect(request({ config }, 'cifar10')).rejects.toThrow('to be the config.json of a run of cifar10, got that of a run of mnist.');
  await expect(request({ config, task: 'semi-supervised' })).rejects.toThrow(
    'run: expected `task` to be "supervised", to which the sizes of the configuration belong, got "semi-supervised".',
  );
});
