/** Killed at twenty random moments on each backend: some minutes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killedAndResumed, undisturbed } from './kill-and-resume';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(['wasm', 'cpu'])('on %s', (backend) => {
  it('twenty kills change no bit of weights, models and results', async () => {
    const { left: whole, took } = await undisturbed(join(folder, `${backend}-whole`), backend);
    const { left, kills } = await killedAndResumed(join(folder, backend), backend, { kills: 20, took, seed: 1 });
    console.log(`${backend}: ${kills} kills in ${left.length} runs of ${(took / 1000).toFixed(1)} s`);
    expect(kills).toBe(20);
    expect(left.length).toBeGreaterThan(0);
    for (const each of left) expect(each).toEqual(whole);
  });
});
