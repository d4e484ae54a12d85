/** The built program on a run in parts: several seeds, several processes, pieces of a few seconds. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { litter, start } from './robust';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-parts-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sizes = ['train=48', 'batchSize=16', 'test=6', 'attacks=["pgd:steps=1"]', 'audit={"images":2,"steps":1,"samples":1}'];
const settings = ['data=null', ...sizes.map((each) => `sizes.${each}`)].flatMap((each) => ['--set', each]);
const model = ['--model', 'convnet:filters=4+8,hidden=16', '--preset', 'smoke', '--backend', 'wasm'];
const tiny = ['run', 'mnist', ...model, '--seeds', '2', '--defences', 'standard,energy-d2:steps=1'];
const results = (...path: string[]) => readFile(join(folder, ...path, 'results.json'), 'utf8');

describe('a run of two seeds', () => {
  it('comes to the same results in one process and in two', async () => {
    const one = start([...tiny, ...settings, '--out', join(folder, 'one')]);
    expect(await one.ended).toBe(0);
    const two = start([...tiny, ...settings, '--jobs', '2', '--out', join(folder, 'two')]);
    expect(await two.ended).toBe(0);
    // Every other model is the second one's.
    expect(two.said()).toContain('[1] standard/seed-1: trained');
    expect(two.said()).toContain('[2] energy-d2-steps-1/seed-1: trained');
    expect(await results('two')).toBe(await results('one'));
    expect(await readdir(join(folder, 'two', 'models', 'standard'))).toEqual(['seed-0', 'seed-1']);
  });

  it('is left after the seconds that were given, says how to go on, and comes to the same results in pieces', async () => {
    const path = join(folder, 'pieces');
    const codes = [await start([...tiny, ...settings, '--limit-seconds', '0.05', '--out', path]).ended];
    for (let turn = 0; turn < 20 && codes.at(-1) === 130; turn++) {
      expect(await litter(path)).toEqual([]);
      const piece = start(['run', 'mnist', '--resume', path, '--limit-seconds', String(0.5 + turn / 2)]);
      codes.push(await piece.ended);
      if (codes.at(-1) === 130) expect(piece.said()).toContain(`To go on: groundstate run mnist --resume ${path}`);
    }
    expect(codes[0]).toBe(130);
    expect(codes.at(-1)).toBe(0);
    expect(await results('pieces')).toBe(await results('one'));
  });
});

it('a training that diverges is told by the exit code, once all others are done', async () => {
  const path = join(folder, 'diverged');
  const run = start([...tiny.slice(0, -4), '--defences', 'energy-d2:weight=1e38,standard', ...settings, '--out', path]);
  expect(await run.ended).toBe(1);
  expect(run.said()).toContain('energy-d2-weight-1e38: diverged while training');
  const { diverged, defences } = JSON.parse(await results('diverged'));
  expect(diverged).toMatchObject([{ name: 'energy-d2-weight-1e38', seed: 0 }]);
  expect(defences).toMatchObject([{ name: 'standard', seed: 0 }]);
});
