import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeJson } from './json-file';
import { isLockFile, lockRun, processRuns } from './run-lock';

/** A system without /proc, when it is told to be one. */
const system = vi.hoisted(() => ({ silent: false }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const readFileSync: typeof real.readFileSync = (...parameters) => {
    if (system.silent && String(parameters[0]).startsWith('/proc/')) throw new Error('ENOENT: as injected');
    return real.readFileSync(...(parameters as [string, 'utf8'])) as never;
  };
  return { ...real, readFileSync };
});

let folder = '';
const said: string[] = [];
const say = (line: string): void => void said.push(line);
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-lock-'));
  said.length = 0;
});
afterEach(async () => {
  system.silent = false;
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Of a process, when it began. */
const knows = process.platform === 'linux';

/** Another process, which does nothing but live. */
async function stranger(): Promise<number> {
  const child = spawn(process.execPath, ['-e', 'process.stdout.write("."); setInterval(() => {}, 1000)'], { stdio: 'pipe' });
  children.push(child);
  await new Promise((heard) => child.stdout.once('data', heard));
  return child.pid!;
}
async function goneStranger(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((closed) => child.once('close', closed));
  return child.pid!;
}
/** The lock of another process, as it would have written it. */
async function lockOf(pid: number, changes: object = {}): Promise<string> {
  const name = `.lock-${pid}-0.json`;
  const holder = {
    pid,
    host: hostname(),
    since: '2026-01-02T03:04:05.000Z',
    command: 'groundstate run mnist',
    family: 'theirs',
    began: null,
  };
  await writeJson(join(folder, name), { ...holder, ...changes });
  return name;
}

describe('the lock of a run', () => {
  it('is one file that says who holds the folder, and goes when it is released', async () => {
    const lock = await lockRun('--out', folder, say);
    const [name, ...others] = await readdir(folder);
    expect([isLockFile(name!), others]).toEqual([true, []]);
    const holder = JSON.parse(await readFile(join(folder, name!), 'utf8'));
    expect(holder).toMatchObject({ pid: process.pid, host: hostname() });
    expect(Math.abs(Date.now() - Date.parse(holder.since))).toBeLessThan(60_000);
    // This process has it already.
    const again = await lockRun('--resume', folder, say);
    expect([lock.fresh, again.fresh, await readdir(folder)]).toEqual([true, false, [name]]);
    await lock.release();
    await again.release();
    expect([await readdir(folder), said]).toEqual([[], []]);
  });

  it('of a process that lives is respected: it is named, and its file stands alone', async () => {
    const pid = await stranger();
    const name = await lockOf(pid);
    await expect(lockRun('--resume', folder, say)).rejects.toMatchObject({
      code: 'io',
      message:
        `--resume: expected \`${folder}\` to be free, got one that process ${pid} has worked on since 2026-01-02T03:04:05.000Z ` +
        `(groundstate run mnist). Wait for it, or stop it.${knows ? '' : ` If that process is another program by now, remove ${join(folder, name)}.`}`,
    });
    expect([await readdir(folder), said]).toEqual([[name], []]);
  });

  it('says what to remove where a system does not tell whether that number is another program’s by now', async () => {
    const pid = await stranger();
    const name = await lockOf(pid);
    system.silent = true;
    await expect(lockRun('--resume', folder, say)).rejects.toThrow(
      `Wait for it, or stop it. If that process is another program by now, remove ${join(folder, name)}.`,
    );
    expect(await readdir(folder)).toEqual([name]);
  });

  it('of a process that is gone is taken over aloud', async () => {
    const pid = await goneStranger();
    const name = await lockOf(pid);
    const lock = await lockRun('--resume', folder, say);
    expect(said).toEqual([
      `${folder}: process ${pid}, which had worked on it since 2026-01-02T03:04:05.000Z, is gone; going on in its place.`,
    ]);
    const left = await readdir(folder);
    expect([left.length, left.includes(name)]).toEqual([1, false]);
    await lock.release();
  });

  it('of an earlier process that had the number of this one is taken over too, as in containers', async () => {
    await lockOf(process.pid);
    const lock = await lockRun('--resume', folder, say);
    expect(said.length).toBe(1);
    await lock.release();
  });

  it('of another host is refused with what to remove, for nobody can see from here whether it lives', async () => {
    const pid = await goneStranger();
    const name = await lockOf(pid, { host: 'elsewhere' });
    await expect(lockRun('--resume', folder, say)).rejects.toThrow(
      `got one that process ${pid} on elsewhere has worked on since 2026-01-02T03:04:05.000Z (groundstate run mnist). Whether it still runs can only be told there: if it does not, remove ${join(folder, name)}.`,
    );
    expect(await readdir(folder)).toEqual([name]);
  });

  it('that is damaged is named, and nothing is guessed from it', async () => {
    await lockOf(1, { pid: 'one' });
    await expect(lockRun('--resume', folder, say)).rejects.toThrow(/^read: expected `.*\.lock-1-0\.json` to be the lock of a run, got/);
    expect(await readdir(folder)).toEqual(['.lock-1-0.json']);
  });

  it.runIf(process.platform === 'linux')('is not mistaken for that of a later process with the same number, on Linux', async () => {
    const pid = await stranger();
    await lockOf(pid, { began: 'another-start-of-the-system 1' });
    const lock = await lockRun('--resume', folder, say);
    expect(said.length).toBe(1);
    await lock.release();
  });
});

it('a process runs or it does not', async () => {
  expect(processRuns(await stranger())).toBe(true);
  expect(processRuns(await goneStranger())).toBe(false);
});
