import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { backends } from '../src/backend/backends';
import { chooseBackend } from '../src/backend/choose-backend';
import { tryBackend } from '../src/doctor/try-backend';
import { groundstate } from './in-process';

const built = (name: string): string => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-threads-'));
  await writeFile(at('a-file'), '');
});
afterEach(() => vi.unstubAllEnvs());
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (...path: string[]): string => join(folder, ...path);
const read = async (...path: string[]) => JSON.parse(await readFile(at(...path), 'utf8'));
/** Options of all commands: two batches, and as small as it gets. */
const few = ['--train', '64', '--epochs', '1', '--backend', 'wasm'];

/** Where nothing can be written to, there is no shared memory: a file stands in the place of the temporary folder. */
const alone = (): Record<string, string> => ({ GROUNDSTATE_THREADS: '2', TMPDIR: at('a-file'), TEMP: at('a-file'), TMP: at('a-file') });

/** As users have it: the built program, in a process of its own. */
function train(out: string, environment: NodeJS.ProcessEnv): string {
  const parameters = [
    'train',
    '--dataset',
    'synthetic-digits',
    '--defence',
    'pgd-at:steps=2',
    ...few,
    '--batch-size',
    '32',
    '--out',
    at(out),
  ];
  const { status, stderr } = spawnSync(process.execPath, [built('cli'), ...parameters], {
    env: { ...process.env, GROUNDSTATE_CACHE: at('cache'), GROUNDSTATE_DATA: '', ...environment },
    encoding: 'utf8',
  });
  expect(status).toBe(0);
  return stderr;
}

describe('the threads of wasm', () => {
  it('are one where there is no shared memory, which is said; and three train the same model, bit for bit', async () => {
    expect(train('one', alone())).toMatch(
      /^backend: wasm, 1 thread\nenableTrainingKernels: one thread instead of 2, since the wasm backend does not start on shared memory/m,
    );
    expect(train('three', { GROUNDSTATE_THREADS: '3' })).toMatch(/^backend: wasm, 3 threads\n(?!enable)/m);
    for (const file of ['results.json', 'models/pgd-at-steps-2/weights.bin']) {
      const [one, three] = await Promise.all([readFile(at('one', file)), readFile(at('three', file))]);
      expect(one.equals(three)).toBe(true);
    }
    const [one, three] = [await read('one', 'config.json'), await read('three', 'config.json')];
    expect([one.environment.wasm.threads, three.environment.wasm.threads]).toEqual([1, 3]);
    expect(one.fingerprint).toBe(three.fingerprint);
  });

  it('are told by the doctor, with the reason why they are few', async () => {
    for (const [name, value] of Object.entries(alone())) vi.stubEnv(name, value);
    const wasm = backends.find(({ name }) => name === 'wasm')!;
    expect(await tryBackend(wasm, { probe: built('probe-backend') })).toMatchObject({
      state: 'works',
      threads: 1,
      notices: [expect.stringMatching(/^enableTrainingKernels: one thread instead of 2, since /)],
    });
  });

  // Another number than before is what can be said aloud in one process: kernels are enabled once in it.
  const model = (): string => at('three', 'models', 'pgd-at-steps-2');
  const light = [...few, '--attack', 'pgd:steps=1', '--test', '4'];
  it.each([
    [
      'run',
      () => [
        ...['run', 'mnist', '--preset', 'smoke', '--defence', 'standard', '--backend', 'wasm', '--set', 'sizes.train=64'],
        ...['--set', 'sizes.test=4', '--set', 'sizes.attacks=["pgd:steps=1"]', '--out', at('run')],
      ],
    ],
    [
      'evaluate',
      () => [
        ...['evaluate', '--model', model(), '--dataset', 'synthetic-digits', '--norm', 'l2', '--epsilon', '1'],
        ...['--limit', '4', '--attack', 'pgd:steps=1', '--backend', 'wasm'],
      ],
    ],
    [
      'tune',
      () => [
        ...['tune', 'mnist', '--contenders', 'standard', '--trials', '1', '--validation', '8'],
        ...['--attack', 'pgd:steps=1', ...few, '--out', at('tune')],
      ],
    ],
    ['rank', () => ['rank', 'mnist', '--tuning', at('tune'), '--seeds', '1', ...light, '--out', at('rank')]],
  ])('have %s say what there is to say about them', async (_, parameters) => {
    vi.stubEnv('GROUNDSTATE_DATA', '');
    vi.stubEnv('GROUNDSTATE_CACHE', at('cache'));
    vi.stubEnv('GROUNDSTATE_THREADS', '2');
    await chooseBackend('wasm');
    vi.stubEnv('GROUNDSTATE_THREADS', '1');
    const { code, stderr } = await groundstate(...parameters());
    expect(stderr).toMatch(/^backend: wasm, 2 threads\nenableTrainingKernels: the kernels are enabled already, with 2 threads\./m);
    expect(code).toBe(0);
  });

  it('that are no number are wrong use, said before anything is written', async () => {
    vi.stubEnv('GROUNDSTATE_THREADS', 'x');
    const { code, stderr } = await groundstate('run', 'mnist', '--out', at('none'));
    expect(code).toBe(2);
    expect(stderr).toContain('backend: expected `GROUNDSTATE_THREADS` to be \'auto\' or an integer from 1 to 64, got "x".\n');
    await expect(read('none', 'config.json')).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
