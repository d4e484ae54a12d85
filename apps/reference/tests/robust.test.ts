/** Signals, closed pipes, kills, full disks and second processes, on the built program as users have it. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkpointSteps, litter, start, until } from './robust';

const windows = process.platform === 'win32';
if (windows) console.warn('NOT TESTED HERE: Windows has neither these signals nor ulimit.');

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-robust-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A dozen processes one after the other: ten seconds on a quiet machine, more beside other tests. */
const patience = 240_000;
/** More epochs than anybody waits for: each process is stopped in the midst of it. */
const endless = ['--backend', 'wasm', '--set', 'sizes.epochs=2000'];
const oneOf = async (path: string): Promise<number> => {
  const names = (await readdir(path)).filter((name) => name.startsWith('.lock-'));
  expect(names.length).toBe(1);
  return Number(names[0]!.split('-')[1]);
};

describe.skipIf(windows)('a run', () => {
  it(
    'is stopped by SIGTERM, a closed pipe, SIGHUP and a full disk, loses nothing, and goes on; meanwhile nobody else gets in',
    async () => {
      const path = join(folder, 'run');
      const resumed = ['run', 'mnist', '--resume', path];
      const first = start(['run', 'mnist', '--preset', 'smoke', ...endless, '--out', path]);
      await until(async () => (await checkpointSteps(path, 'standard')).length > 0);
      expect(await oneOf(path)).toBe(first.pid);
      const second = start(resumed);
      expect(await second.ended).toBe(1);
      expect(second.said()).toMatch(
        new RegExp(
          `^--resume: expected \`.*run\` to be free, got one that process ${first.pid} has worked on since \\d{4}.*Wait for it, or stop it\\.\n$`,
        ),
      );
      first.child.kill('SIGTERM');
      expect(await first.ended).toBe(130);
      expect(first.said()).toContain(`To go on: groundstate run mnist --resume ${path}`);
      const steps = await checkpointSteps(path, 'standard');
      expect(steps[0]).toBeGreaterThan(0);
      expect(await litter(path)).toEqual([]);

      // A file of at most 40 KiB stands for a disk that is full: checkpoints are larger, the lock is not.
      const full = start(resumed, 'ulimit -f 40');
      expect(await full.ended).toBe(1);
      expect(full.said()).toMatch(
        /checkpointDirectory: expected `.*\.safetensors` to be writable, got EFBIG: .* \(\d+\.\d MiB free\)\. .*the last checkpoint stands\.\n/,
      );
      expect([await checkpointSteps(path, 'standard'), await litter(path)]).toEqual([steps, []]);

      const unwatched = start(resumed);
      await unwatched.hears(/preset smoke/);
      unwatched.child.stderr.destroy();
      expect(await unwatched.ended).toBe(130);
      expect(await litter(path)).toEqual([]);

      const killed = start(resumed);
      await killed.hears(/standard: training/);
      killed.child.kill('SIGKILL');
      expect(await killed.ended).toBe('SIGKILL');
      expect(await oneOf(path)).toBe(killed.pid);
      await writeFile(join(path, 'work', `unit.json.${killed.pid}.part`), '{');
      const newest = join(path, 'work', 'standard', 'checkpoints', 'checkpoint-999999999.safetensors');
      await writeFile(newest, 'damaged');

      const last = start(resumed);
      await until(async () => (await checkpointSteps(path, 'standard')).some((step) => step > steps.at(-1)! && step < 999_999_999));
      last.child.kill('SIGHUP');
      last.child.kill('SIGHUP');
      expect(await last.ended).toBe(130);
      expect(last.said()).toContain(`process ${killed.pid}, which had worked on it since`);
      expect(last.said()).toContain(`${path}: removed 1 half-written file of processes that are gone.`);
      expect(last.said()).toContain(`checkpoint: expected \`${newest}\` to be whole, got a damaged one: it has 7 bytes.`);
      expect(last.said()).toMatch(/standard: continuing after step \d+/);
      expect(await litter(path)).toEqual([]);
    },
    patience,
  );
});

describe.skipIf(windows)('the workers of a tuning', () => {
  it(
    'outlive their parent by one step: until then the folder is theirs, and afterwards everything is saved',
    async () => {
      const path = join(folder, 'tuning');
      const keys = ['standard', 'pgd-at'].map((name) => join(name, 'trial-0'));
      const sizes = ['--trials', '1', '--train', '400', '--validation', '50', '--contenders', 'standard,pgd-at', '--epochs', '2000'];
      const parent = start(['tune', 'mnist', '--backend', 'wasm', '--jobs', '2', ...sizes, '--out', path]);
      await parent.hears(/\[1\] standard.*: training/);
      await parent.hears(/\[2\] pgd-at.*: training/);
      // Past the place where one that is told to stop stops before it has begun.
      for (const key of keys) await until(async () => (await checkpointSteps(path, key)).length > 0);
      const workers = (await readdir(path))
        .flatMap((name) => /^\.lock-(\d+)-/.exec(name)?.slice(1).map(Number) ?? [])
        .filter((pid) => pid !== parent.pid);
      expect(workers.length).toBe(2);
      // Held in the midst of a step, as a long one would.
      for (const pid of workers) process.kill(pid, 'SIGSTOP');
      parent.child.kill('SIGKILL');
      await parent.ended;
      const early = start(['tune', 'mnist', '--resume', path]);
      expect(await early.ended).toBe(1);
      expect(early.said()).toContain(`process ${parent.pid}, which had worked on it since`);
      expect(workers.map(String)).toContain(/got one that process (\d+) has worked on/.exec(early.said())?.[1]);
      for (const pid of workers) process.kill(pid, 'SIGCONT');
      await until(async () => (await litter(path)).length === 0);
      for (const key of keys) expect((await checkpointSteps(path, key)).at(-1)).toBeGreaterThan(0);
    },
    patience,
  );
});

describe('an answer that nobody reads to its end', () => {
  it.each(['--help', 'attacks list'])('of %s ends quietly, as one that was read', async (command) => {
    const unread = start(command.split(' '));
    unread.child.stdout.destroy();
    expect([await unread.ended, unread.said()]).toEqual([0, '']);
  });

  it.runIf(process.platform === 'linux')('and one that finds no room is a failure with one message (Linux: /dev/full)', async () => {
    const full = start(['--help'], 'exec > /dev/full');
    expect(await full.ended).toBe(1);
    expect(full.said()).toMatch(/^stdout: expected `stdout` to be writable, got ENOSPC: .+\. The answer is not whole\.\n$/);
  });
});

it('a config.json that is damaged is named, and stays as it is', async () => {
  const path = join(folder, 'damaged');
  await mkdir(path);
  await writeFile(join(path, 'config.json'), '{"pipeline":"mni');
  const resumed = start(['run', 'mnist', '--resume', path]);
  expect(await resumed.ended).toBe(1);
  expect(resumed.said()).toMatch(
    /^read: expected `.*config\.json` to be JSON, got .+\. The file is damaged, or not ours: put back a copy, or start a new run\.\n$/,
  );
  expect([await readFile(join(path, 'config.json'), 'utf8'), await readdir(path)]).toEqual(['{"pipeline":"mni', ['config.json']]);
});
