/** How many threads the wasm backend takes: they never change a result. */
import { availableParallelism } from 'node:os';
import { checkNumber } from '@groundstate/core';
import { parseNumber } from '../numbers';

/** The variable that says so; child processes inherit it. */
export const threadsVariable = 'GROUNDSTATE_THREADS';

/** @throws GroundstateError when the variable is neither `auto` nor a number from 1 to 64. */
export function wantedThreads(environment: NodeJS.ProcessEnv = process.env): number | 'auto' {
  const value = environment[threadsVariable];
  if (value === undefined || value === '' || value === 'auto') return 'auto';
  return checkNumber('backend', threadsVariable, parseNumber('backend', threadsVariable, value), { integer: true, min: 1, max: 64 });
}

/** For each of `jobs` processes that work at the same time, unless the variable says otherwise: its share of the processors. */
export function threadsOfEach(jobs: number, environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  if (environment[threadsVariable]) return {};
  return { [threadsVariable]: String(Math.max(1, Math.floor(availableParallelism() / jobs))) };
}
