import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJson, writeJson } from './json-file';
import type { Results } from './results';
import { createRun, resumeRun } from './run-directory';

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
    await run.finish({ schema: 'groundstate/results@1' } as Results, { total: 1 });
    expect((await readdir(path)).sort()).toEqual(['config.json', 'results.json', 'timings.json']);
    await expect(createRun(path, {})).rejects.toThrow(/It holds a finished run, which is never overwritten: choose another folder/);
    await expect(resumeRun(path, 'mnist')).rejects.toThrow(/to hold an unfinished run, got a finished one/);
  });

  it('points an unfinished run at --resume, and refuses a folder with other things in it', async () => {
    const path = join(folder, 'unfinished');
    await createRun(path, {});
    await expect(createRun(path, {})).rejects.toThrow(`continue it with --resume ${path}`);
    const other = join(folder, 'other');
    await writeJson(join(other, 'letter.json'), {});
    await expect(createRun(other, {})).rejects.toThrow('Choose an empty folder or a new one.');
    await expect(resumeRun(other, 'mnist')).rejects.toThrow('found no config.json in it');
    const tuning = join(folder, 'tuning');
    await createRun(tuning, { pipeline: 'tune' });
    await expect(resumeRun(tuning, 'mnist')).rejects.toThrow(
      'to be the folder of a run of mnist, got "tune". Each command continues its own runs.',
    );
  });
});

describe('JSON files', () => {
  it('leave the old file whole, and no other, where the new one cannot be written', async () => {
    const path = join(folder, 'whole.json');
    await writeJson(path, { old: true });
    const loop: Record<string, unknown> = {};
    loop.self = loop;
    await expect(writeJson(path, loop)).rejects.toThrow(/could not write/);
    expect(await readJson(path)).toEqual({ old: true });
    expect((await readdir(folder)).filter((name) => name.includes('.part'))).toEqual([]);
  });

  it('say which file is damaged', async () => {
    const path = join(folder, 'damaged.json');
    await writeFile(path, '{"half":');
    await expect(readJson(path)).rejects.toThrow(`expected ${path} to hold JSON`);
    expect(await readFile(path, 'utf8')).toBe('{"half":');
  });
});
