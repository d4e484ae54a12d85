/**
 * The built command line, killed outright at ten random moments of a pipeline: some minutes. The moments are others each time;
 * GROUNDSTATE_KILL_SEED=<what was printed> brings those of an earlier time back.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomNumbers } from './random-numbers';
import { start } from './robust';

const kills = 10;
const seed = Number(process.env.GROUNDSTATE_KILL_SEED ?? Date.now() % 1_000_000);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-kill-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['two seeds of cifar10', 'cifar10', ['--seeds', '2']],
  ['mnist from few labels', 'mnist', ['--task', 'semi-supervised']],
])('%s: ten kills change no byte of results.json', async (_, name, others) => {
  const parameters = ['run', name, '--preset', 'smoke', '--backend', 'wasm', '--set', 'data=null', ...others];
  let from = Date.now();
  const whole = join(folder, name);
  expect(await start([...parameters, '--out', whole]).ended).toBe(0);
  let took = Date.now() - from;
  const draws = randomNumbers(seed, 100 * kills);
  const results = (path: string): Promise<string> => readFile(join(path, 'results.json'), 'utf8');
  console.log(`${name}: a run takes ${(took / 1000).toFixed(1)} s; GROUNDSTATE_KILL_SEED=${seed}`);
  let done = 0;
  let ends = 0;
  for (let turn = 0; turn < draws.length; turn++) {
    const path = join(folder, `${name}-${ends}`);
    from = Date.now();
    const run = start(existsSync(join(path, 'config.json')) ? ['run', name, '--resume', path] : [...parameters, '--out', path]);
    // Once all kills are done, it is left alone.
    const killed = done < kills && (await Promise.race([run.ended.then(() => false), wait(draws[turn]! * took, true)]));
    if (killed) run.child.kill('SIGKILL');
    const code = await run.ended;
    expect(code, run.said()).toBe(killed ? 'SIGKILL' : 0);
    // Killed after that, while it writes the report, it has lost nothing: another one is begun.
    if (!existsSync(join(path, 'results.json'))) {
      done++;
      continue;
    }
    expect(await results(path)).toBe(await results(whole));
    ends++;
    if (done === kills) break;
    // Too late to be killed: the machine was busier when the time was taken.
    took = Math.min(took, Date.now() - from);
  }
  expect(done).toBe(kills);
  console.log(`${name}: ${done} kills in ${ends} runs`);
});
