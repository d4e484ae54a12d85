import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killedInEach, undisturbed } from './kill-and-resume';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// Twenty kills, and the cpu backend, stand in kill-and-resume.slow.test.ts; the command line in kill-pipelines.slow.test.ts.
it('trainings and runs, of one seed, of two in colour and from few labels, leave the same to the bit when each is killed outright', async () => {
  const { left: whole, signs } = await undisturbed(join(folder, 'whole'), 'wasm');
  // Seed 12 kills the trainings early: what goes wrong after the epoch of the best weights, which are kept, is not seen.
  const { left, killed } = await killedInEach(join(folder, 'killed'), 'wasm', { signs, seed: 12 });
  expect(killed).toEqual(['semiSupervised', 'free', 'run', 'colour', 'fewLabels']);
  expect(left).toEqual(whole);
}, 120_000);
