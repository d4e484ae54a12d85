import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { writeJson } from '../json-file';
import { tuningSchema } from '../tuning/tuning';
import { type CompareFlags, compare } from './compare';
import { type TuneFlags, tune } from './tune';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-tune-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const flags = (): TuneFlags => ({
  out: join(folder, 'never'),
  backend: 'cpu',
  seed: '0',
  norm: 'l2',
  epsilon: '1',
  trials: '2',
  train: '4',
  validation: '2',
  epochs: '1',
  contenders: 'all',
  attack: ['pgd:steps=1'],
  jobs: '1',
});

it('what could only fail after hours of trials is refused before anything is written', async () => {
  await expect(tune('mnist', { ...flags(), attack: ['pdg'] }, [])).rejects.toThrow('--attack: expected `name` to be one of ');
  await expect(tune('mnist', { ...flags(), attack: ['pgd:stpes=1'] }, [])).rejects.toThrow('pgd: expected `option` to be one of ');
  // VAT is defined for l2 alone, and all the others would have been tuned before its turn comes.
  await expect(tune('mnist', { ...flags(), norm: 'linf' }, [])).rejects.toThrow(
    'vat: expected `threat.norm` to be one that it is defined for (l2), got "linf".',
  );
  expect(existsSync(flags().out!)).toBe(false);
});

it('settings are compared on the data that they were tuned on', async () => {
  const tuning = join(folder, 'elsewhere');
  await writeJson(join(tuning, 'config.json'), {
    pipeline: 'tune',
    seed: 0,
    data: null,
    sizes: { train: 4, validation: 2, batchSize: 2 },
    trials: [],
  });
  await writeJson(join(tuning, 'results.json'), { schema: tuningSchema, dataset: { name: 'mnist', source: 'files' }, best: {} });
  const own: CompareFlags = { ...flags(), tuning, seeds: '1', test: '2' };
  await expect(compare('mnist', own, [])).rejects.toThrow(
    'compare: expected `--data` to be the data of the tuning, mnist, got "synthetic-digits".',
  );
  expect(existsSync(flags().out!)).toBe(false);
});
