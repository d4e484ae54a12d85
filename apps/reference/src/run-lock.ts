/**
 * Two processes never work in one folder, unless one has started the other. Whoever works there has a file of its own in
 * it, `.lock-<process>-<token>.json`, written first; only then does it look for the files of others. Of two that arrive
 * together at least one sees the other, so that at most one goes on, and no file has to be taken over: those of processes
 * that are gone are removed. There is no heart-beat: a step may block a process for long (docs/decisions, run locks).
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { readdir, realpath, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { GroundstateError } from '@groundstate/core';
import { readRecord, writeJson } from './json-file';

/** What stands in the file. */
type Holder = {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  readonly command: string;
  /** The same for a process and its workers. */
  readonly family: string;
  /** When the process began, in the system's words, where it says so: tells a new process from an old one of the same number. */
  readonly began: string | null;
};

export interface RunLock {
  /** Not so where this process had held the folder before. */
  readonly fresh: boolean;
  /** Without effect the second time. */
  release(): Promise<void>;
}

/** The variable that makes a process one of another's workers. */
const familyVariable = 'GROUNDSTATE_RUN_FAMILY';
const family = process.env[familyVariable] ?? randomUUID();
const held = new Map<string, string>();

/** What a worker's environment needs, to be let into the folders of this process. */
export function familyEnvironment(): Readonly<Record<string, string>> {
  return { [familyVariable]: family };
}

/** Whether another process has started this one to share its work. */
export const isWorker: boolean = process.env[familyVariable] !== undefined;

export const isLockFile = (name: string): boolean => /^\.lock-\d+-[0-9a-f-]+\.json(\.\d+\.part)?$/.test(name);

/**
 * Holds an existing folder for this process, until it is released or the process ends. What this process holds already, it
 * is given again. `owner` is the option that named the folder; `say` is told of holders that are gone.
 *
 * @throws GroundstateError `io` where another process works there, by number.
 */
export async function lockRun(owner: string, path: string, say: (line: string) => void): Promise<RunLock> {
  const folder = await realpath(path);
  const fresh = !held.has(folder);
  if (fresh) {
    const { pid } = process;
    const file = join(folder, `.lock-${pid}-${randomUUID()}.json`);
    const command = ['groundstate', ...process.argv.slice(2)].join(' ');
    if (held.size === 0) process.once('exit', releaseAll);
    held.set(folder, file);
    try {
      const holder: Holder = { pid, host: hostname(), since: new Date().toISOString(), command, family, began: beginOf(pid) };
      await writeJson(file, holder);
      await refuseOthers(owner, path, folder, say);
    } catch (cause) {
      await release(folder);
      throw cause;
    }
  }
  return { fresh, release: () => release(folder) };
}

async function release(folder: string): Promise<void> {
  const file = held.get(folder);
  held.delete(folder);
  if (held.size === 0) process.off('exit', releaseAll);
  // A file that cannot be removed is that of a process that is gone, as soon as this one ends.
  if (file !== undefined) await rm(file, { force: true }).catch(() => undefined);
}

function releaseAll(): void {
  for (const file of held.values()) {
    try {
      rmSync(file, { force: true });
    } catch {
      // The process is ending; a file that stays is seen to be of a process that is gone.
    }
  }
}

async function refuseOthers(owner: string, path: string, folder: string, say: (line: string) => void): Promise<void> {
  // Of two that arrive together both may see each other: each looks again after a while of its own.
  for (const last of [false, false, false, true]) {
    const other = await findOther(path, folder, say);
    if (!other) return;
    if (last || Date.now() - Date.parse(other.holder.since) > 2000) throw refusal(owner, path, other);
    await wait(50 + 150 * Math.random());
  }
}

type Found = { readonly name: string; readonly holder: Holder };

async function findOther(path: string, folder: string, say: (line: string) => void): Promise<Found | undefined> {
  const names = (await readdir(folder)).filter((name) => isLockFile(name) && name.endsWith('.json'));
  for (const name of names) {
    const file = join(folder, name);
    if (file === held.get(folder)) continue;
    const holder = await readRecord<Holder>(file, 'the lock of a run', isHolder);
    if (!holder || holder.family === family) continue;
    if (holder.host !== hostname() || isAlive(holder)) return { name, holder };
    await rm(file, { force: true });
    say(`${path}: process ${holder.pid}, which had worked on it since ${holder.since}, is gone; going on in its place.`);
  }
  return undefined;
}

const isHolder = ({ pid, host, since, family: theirs }: Partial<Holder>): boolean =>
  Number.isInteger(pid) && [host, since, theirs].every((text) => typeof text === 'string');

function refusal(owner: string, path: string, { name, holder }: Found): GroundstateError {
  const { pid, host, since, command } = holder;
  const here = host === hostname();
  const who = `process ${pid}${here ? '' : ` on ${host}`} has worked on since ${since} (${command})`;
  const file = join(path, name);
  // Only Linux says when a process began; elsewhere its number may be another program's by now.
  const alike = here && beginOf(pid) === null ? ` If that process is another program by now, remove ${file}.` : '';
  const advice = here
    ? `Wait for it, or stop it.${alike}`
    : `Whether it still runs can only be told there: if it does not, remove ${file}.`;
  return new GroundstateError('io', `${owner}: expected \`${path}\` to be free, got one that ${who}. ${advice}`);
}

function isAlive({ pid, began }: Holder): boolean {
  // Our own number, and not our file: it was that of an earlier process, as is usual in containers.
  if (pid === process.pid) return false;
  if (!processRuns(pid)) return false;
  const now = beginOf(pid);
  return began === null || now === null || began === now;
}

export function processRuns(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (cause) {
    // There, but somebody else's.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
  // One that has ended, and whose end nobody has asked for, still has its number.
  return !/^[ZX]/.test(statusOf(pid) ?? '');
}

/** From /proc on Linux, from the state on: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function statusOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2);
  } catch {
    return undefined;
  }
}

/** Clock ticks since the system was started (field 22), and which start of the system that was. */
function beginOf(pid: number): string | null {
  const ticks = statusOf(pid)?.split(' ')[19];
  try {
    return ticks === undefined ? null : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${ticks}`;
  } catch {
    return null;
  }
}
