import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** As users have it: the built program, in a process of its own. */
const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-process-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const groundstate = (...parameters: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...parameters], { cwd: folder, encoding: 'utf8' });
  return { status, stdout, stderr };
};

describe('the built program', () => {
  it('ends with 0 where all is well, 1 where something is missing, 2 where it was used wrongly', async () => {
    expect(groundstate('--help')).toMatchObject({ status: 0, stderr: '' });
    const list = groundstate('attacks', 'list', '--json');
    expect(list).toMatchObject({ status: 0, stderr: '' });
    expect(() => JSON.parse(list.stdout)).not.toThrow();
    expect(groundstate('run', 'mnist', '--resume', 'nowhere', '--json')).toEqual({
      status: 1,
      stdout: '',
      stderr: '--resume: expected `nowhere` to be the folder of a run, got no config.json in it.\n',
    });
    expect(groundstate('run', 'mnist', '--prest', 'quick')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'run: expected `option` to be one that it has, got "--prest". Did you mean --preset? See groundstate run --help.\n',
    });
    expect(groundstate('run', 'mnist', '--set', 'threat.epsilno=2').stderr).toMatch(
      /^run: expected `key` to be one of threat\.norm, .*\n$/,
    );
    expect(await readdir(folder)).toEqual([]);
  });
});
