import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killedAndResumed, undisturbed } from './kill-and-resume';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

// Twenty kills, and the cpu backend, stand in kill-and-resume.slow.test.ts.
it('a run that is killed outright at two random moments leaves the same weights, models and results to the bit', async () => {
  const { left: whole, took } = await undisturbed(join(folder, 'whole'), 'wasm');
  const { left } = await killedAndResumed(join(folder, 'killed'), 'wasm', { kills: 2, took, seed: 2 });
  expect(left.length).toBeGreaterThan(0);
  for (const each of left) expect(each).toEqual(whole);
});
