import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeJson } from './json-file';
import type { Results } from './results';
import { createRun, resumeRun } from './run-directory';
import { isLockFile } from './run-lock';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-run-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a run directory', () => {
  it('is made in a new folder, and goes on as it was left', async () => {
    const path = join(folder, 'new', 'run');
    const run = await createRun(path, { pipeline: 'mnist', seed: 3 });
    await run.saveUnit('standard', { gradientEvaluations: 7, training: 1 });
    const again = await resumeRun<{ pipeline: string; seed: number }>(path, 'mnist');
    expect(again.config).toEqual({ pipeline: 'mnist', seed: 3 });
    expect(await again.unit('standard')).toEqual({ gradientEvaluations: 7, training: 1 });
    expect(await again.unit('pgd-at')).toBeUndefined();
  });

  it('keeps results and times when it is finished, drops what only a continuation needs, and is never overwritten', async () => {
    const path = join(folder, 'finished');
    const run = await createRun(path, { pipeline: 'mnist' });
    await run.saveUnit('standard', { gradientEvaluations: 7, training: 1 });
    await run.finish({ schema: 'groundstate/results@2' } as Results, { total: 1 });
    expect((await readdir(path)).sort()).toEqual(['config.json', 'results.json', 'timings.json']);
    await expect(createRun(path, {})).rejects.toThrow(/It holds a finished run, which is never overwritten: choose another folder/);
    await expect(resumeRun(path, 'mnist')).rejects.toThrow(/to be an unfinished run, got a finished one/);
  });

  it('points an unfinished run at --resume, and refuses a folder with other things in it', async () => {
    const path = join(folder, 'unfinished');
    await createRun(path, {});
    await expect(createRun(path, {})).rejects.toThrow(`continue it with --resume ${path}`);
    const other = join(folder, 'other');
    await writeJson(join(other, 'letter.json'), {});
    await expect(createRun(other, {})).rejects.toThrow('Choose an empty folder or a new one.');
    await expect(resumeRun(other, 'mnist')).rejects.toThrow('got no config.json in it');
    const tuning = join(folder, 'tuning');
    await createRun(tuning, { pipeline: 'tune' });
    await expect(resumeRun(tuning, 'mnist')).rejects.toThrow(
      'to be the folder of a run of mnist, got "tune". Each command continues its own runs.',
    );
  });
});

describe('damage in a run directory', () => {
  it('is named by file: config.json, the state of a model, a cursor, results.json; nothing is changed or held', async () => {
    const path = join(folder, 'damaged');
    const run = await createRun(path, { pipeline: 'mnist' });
    await run.saveUnit('standard', { gradientEvaluations: 7, training: 1 });
    await writeJson(join(path, 'work', 'standard', 'unit.json'), ['no', 'unit']);
    await expect(run.unit('standard')).rejects.toThrow(
      /^read: expected `.*unit\.json` to be the state of a model of a run, got \["no", "unit"\]\./,
    );
    await writeJson(join(path, 'work', 'standard', 'cursor.json'), { examples: 3 });
    await expect(run.cursor('standard')).rejects.toThrow(/^read: expected `.*cursor\.json` to be the cursor of an evaluation, got/);
    await run.release();
    await writeFile(join(path, 'results.json'), '{');
    await expect(resumeRun(path, 'mnist')).rejects.toThrow(/^read: expected `.*results\.json` to be JSON, got/);
    await rm(join(path, 'results.json'));
    for (const text of ['', 'null', '[]', '{"schema":1}', '{"pipeline":"mni']) {
      await writeFile(join(path, 'config.json'), text);
      await expect(resumeRun(path, 'mnist')).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringContaining('config.json` to be '),
      });
      expect(await readFile(join(path, 'config.json'), 'utf8')).toBe(text);
    }
    expect((await readdir(path)).sort()).toEqual(['config.json', 'work']);
  });

  it('by a process that was killed is cleared away when the run goes on, aloud', async () => {
    const path = join(folder, 'killed');
    const run = await createRun(path, { pipeline: 'mnist' });
    await run.release();
    await mkdir(join(path, 'work'));
    await writeFile(join(path, 'work', `cursor.json.${process.pid}.part`), '{"ex');
    const said: string[] = [];
    const again = await resumeRun(path, 'mnist', (line) => void said.push(line));
    expect([await readdir(join(path, 'work')), said]).toEqual([[], [`${path}: removed 1 half-written file of processes that are gone.`]]);
    await again.release();
  });
});

describe('a run directory is held', () => {
  it('from its making to its finish, and refused to others by name without a change', async () => {
    const path = join(folder, 'held');
    const run = await createRun(path, { pipeline: 'mnist' });
    const names = await readdir(path);
    expect(names.filter(isLockFile).length).toBe(1);
    await run.finish({}, {});
    expect((await readdir(path)).filter(isLockFile)).toEqual([]);
    // The process that has started this one lives, and is another.
    const busy = join(folder, 'busy');
    await writeJson(join(busy, 'config.json'), { pipeline: 'mnist' });
    const lock = `.lock-${process.ppid}-0.json`;
    const holder = {
      pid: process.ppid,
      host: hostname(),
      since: '2026-01-02T03:04:05.000Z',
      command: 'groundstate',
      family: 'theirs',
      began: null,
    };
    await writeJson(join(busy, lock), holder);
    await expect(resumeRun(busy, 'mnist')).rejects.toThrow(`got one that process ${process.ppid} has worked on since 2026`);
    expect((await readdir(busy)).sort()).toEqual([lock, 'config.json']);
    await rm(join(busy, 'config.json'));
    await expect(createRun(busy, {})).rejects.toThrow(`--out: expected \`${busy}\` to be free, got one that process ${process.ppid}`);
    expect(await readdir(busy)).toEqual([lock]);
  });

  it('is refused where it is a file, or below one', async () => {
    const file = join(folder, 'a-file');
    await writeFile(file, 'mine');
    await expect(createRun(file, {})).rejects.toThrow(
      `--out: expected \`${file}\` to be a new or empty folder, got a file, or a place below one.`,
    );
    await expect(createRun(join(file, 'run'), {})).rejects.toThrow(/to be a new or empty folder, got a file, or a place below one\./);
    expect(await readFile(file, 'utf8')).toBe('mine');
  });
});
