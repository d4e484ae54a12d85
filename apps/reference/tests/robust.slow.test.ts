/** Workers that are told to stop by the process that started them, and a crowd that wants into one folder. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkpointSteps, litter, start, until } from './robust';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-robust-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.skipIf(process.platform === 'win32')('workers stop with the process that started them, save, and go on when it does', async () => {
  const path = join(folder, 'tuning');
  const keys = ['standard', 'pgd-at'].map((name) => join(name, 'trial-0'));
  const sizes = ['--trials', '1', '--train', '400', '--validation', '50', '--contenders', 'standard,pgd-at', '--epochs', '2000'];
  const made = start(['tune', 'mnist', '--backend', 'wasm', '--jobs', '2', ...sizes, '--out', path]);
  for (let turn = 0, parent = made; turn < 3; turn++) {
    const before = await Promise.all(keys.map(async (key) => (await checkpointSteps(path, key)).at(-1) ?? 0));
    for (const [i, key] of keys.entries()) await until(async () => ((await checkpointSteps(path, key)).at(-1) ?? 0) > before[i]!);
    parent.child.kill('SIGTERM');
    expect(await parent.ended).toBe(130);
    expect(parent.said()).toContain(`To go on: groundstate tune mnist --resume ${path}`);
    expect(await litter(path)).toEqual([]);
    parent = start(['tune', 'mnist', '--resume', path, '--jobs', '2']);
    await parent.hears(/\[1\] standard.*: continuing after step/);
    await parent.hears(/\[2\] pgd-at.*: continuing after step/);
    if (turn === 2) parent.child.kill('SIGTERM');
    if (turn === 2) await parent.ended;
  }
});

it('of eight processes that want into one folder at once, after one that was killed there, at most one gets in', async () => {
  const path = join(folder, 'crowd');
  const made = start(['run', 'mnist', '--preset', 'smoke', '--backend', 'wasm', '--set', 'sizes.epochs=2000', '--out', path]);
  await made.hears(/standard: training/);
  made.child.kill('SIGKILL');
  await made.ended;
  for (let turn = 0; turn < 5; turn++) {
    const crowd = Array.from({ length: 8 }, () => start(['run', 'mnist', '--resume', path]));
    const inside = crowd.map((each) =>
      each.hears(/standard: training/).then(
        () => each,
        () => undefined,
      ),
    );
    const first = await Promise.race([
      Promise.any(inside.map(async (each) => (await each) ?? Promise.reject())),
      Promise.all(crowd.map((each) => each.ended)).then(() => undefined),
    ]);
    // All others were refused; who is inside has the folder.
    const others = crowd.filter((each) => each !== first);
    expect(await Promise.all(others.map((each) => each.ended))).toEqual(others.map(() => 1));
    for (const other of others) expect(other.said()).toMatch(/--resume: expected `.*` to be free, got one that process \d+ has worked on/);
    if (!first) continue;
    expect((await readdir(path)).filter((name) => name.startsWith('.lock-')).length).toBe(1);
    first.child.kill('SIGKILL');
    await first.ended;
  }
});
