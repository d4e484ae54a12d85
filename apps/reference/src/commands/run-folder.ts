/** What the commands that make a run have in common about its folder. */
import { join } from 'node:path';
import { expected } from '@groundstate/core';

/** `runs/<name>-<time>`, for a run whose folder nobody named. */
export function newFolder(name: string): string {
  const stamp = new Date().toISOString().replace(/[:.]/g, '-').slice(0, 19);
  return join('runs', `${name}-${stamp}`);
}

/** How many processes work on it is the one thing that may change when a run goes on. */
export function onlyResume(owner: string, given: readonly string[]): void {
  if (!given.includes('resume')) return;
  const other = given.find((name) => !['resume', 'worker', 'jobs'].includes(name));
  if (other === undefined) return;
  throw expected(owner, '--resume', 'the only option', `--${other} beside it`, 'A run goes on with the settings it was started with.');
}
