/** How many threads the wasm backend takes: they never change a result. */
import { availableParallelism } from 'node:os';
import { expected } from '@groundstate/core';

/** The variable that says so; child processes inherit it. */
export const threadsVariable = 'GROUNDSTATE_THREADS';

/** @throws GroundstateError when the variable is neither `auto` nor a number from 1 to 64. */
export function wantedThreads(environment: NodeJS.ProcessEnv = process.env): number | 'auto' {
  const value = environment[threadsVariable];
  if (value === undefined || value === '' || value === 'auto') return 'auto';
  const threads = /^\d+$/.test(value) ? Number(value) : 0;
  if (threads < 1 || threads > 64) throw expected('backend', threadsVariable, "'auto' or an integer from 1 to 64", value);
  return threads;
}

/** Beyond that many 'auto' does not go: what one layer of these networks has to share out is little. */
const most = 8;

/** For each of `jobs` processes that work at the same time, unless the variable names a number: its share of the processors. */
export function threadsOfEach(
  jobs: number,
  environment: NodeJS.ProcessEnv = process.env,
  processors: number = availableParallelism(),
): NodeJS.ProcessEnv {
  if (wantedThreads(environment) !== 'auto') return {};
  return { [threadsVariable]: String(Math.min(most, Math.max(1, Math.floor(processors / jobs)))) };
}
