import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sealed } from '../config/sealed';
import { createOutput } from '../console/output';
import { writeJson } from '../json-file';
import { tuningSchema } from '../tuning/tuning';
import { rank } from './rank';
import { type TuneFlags, tune } from './tune';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-tune-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const out = () => join(folder, 'never');
const flags = (): TuneFlags => ({
  out: out(),
  backend: 'cpu',
  epsilon: '1',
  trials: '2',
  train: '4',
  validation: '2',
  epochs: '1',
  attack: ['pgd:steps=1'],
  set: ['data=null'],
});
const attempt = (more: TuneFlags) => tune('mnist', { ...flags(), ...more }, createOutput());

it('what could only fail after hours of trials is refused before anything is written', async () => {
  await expect(attempt({ attack: ['pdg'] })).rejects.toThrow('got "pdg"');
  await expect(attempt({ attack: ['pgd:stpes=1'] })).rejects.toThrow('got "stpes"');
  // VAT is defined for l2 alone, and all the others would have been tuned before its turn comes.
  await expect(attempt({ norm: 'linf' })).rejects.toThrow('vat: expected `threat.norm` to be one that it is defined for (l2), got "linf".');
  await expect(attempt({ contenders: 'pgd-at,engery-d2' })).rejects.toThrow('tune: expected `--contenders` to be');
  expect(existsSync(out())).toBe(false);
});

it('settings are ranked on the data that they were tuned on', async () => {
  const tuning = join(folder, 'elsewhere');
  const config = sealed({
    pipeline: 'tune',
    seed: 0,
    data: null,
    threat: { norm: 'l2', epsilon: 1 },
    sizes: { train: 4, validation: 2, batchSize: 2 },
    trials: [],
  });
  await writeJson(join(tuning, 'config.json'), config);
  const best = { standard: { contender: 'standard', trial: 0, settings: { learningRate: 1e-3 } } };
  await writeJson(join(tuning, 'results.json'), { schema: tuningSchema, dataset: { name: 'mnist', source: 'files' }, best });
  const own = { out: out(), tuning, backend: 'cpu', seeds: '1', train: '4', test: '2', epochs: '1', attack: ['pgd:steps=1'] };
  await expect(rank('mnist', own, createOutput())).rejects.toThrow(
    'rank: expected `--data` to be the data of the tuning, mnist, got "synthetic-digits".',
  );
  await expect(rank('mnist', { out: out() }, createOutput())).rejects.toThrow(
    'rank: expected `--tuning` to be the folder of a finished tuning (make one with `groundstate tune mnist`',
  );
  await writeJson(join(tuning, 'results.json'), { schema: tuningSchema, dataset: { name: 'mnist', source: 'files' }, best: {} });
  await expect(rank('mnist', own, createOutput())).rejects.toThrow('a trial that came to its end, got "one in which all diverged".');
  // One that was changed afterwards, or damaged, tells nothing about what was tuned.
  await writeJson(join(tuning, 'results.json'), { schema: tuningSchema });
  await expect(rank('mnist', own, createOutput())).rejects.toMatchObject({
    code: 'corrupt',
    message: expect.stringMatching(/^read: expected `.*results\.json` to be the results of a tuning, got /),
  });
  await writeJson(join(tuning, 'config.json'), { ...config, seed: 1 });
  await expect(rank('mnist', own, createOutput())).rejects.toThrow(/^--tuning: expected `.*config\.json` to be as a command wrote it/);
  expect(existsSync(out())).toBe(false);
});
