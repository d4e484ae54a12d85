import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clearLeftovers } from './leftovers';

const token = '00000000-0000-4000-8000-000000000000';
let folder = '';
let gone = 0;
const said: string[] = [];
beforeEach(async () => {
  said.length = 0;
  folder = await mkdtemp(join(tmpdir(), 'groundstate-leftovers-'));
  const child = spawn(process.execPath, ['-e', '']);
  await new Promise((closed) => child.once('close', closed));
  gone = child.pid!;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(path: string): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true });
  await writeFile(join(folder, path), path);
}
const clear = (): Promise<void> => clearLeftovers(folder, (line) => void said.push(line));
const files = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .sort();

it('halves of files and models of processes that are gone are removed, and counted', async () => {
  await put(`config.json.${gone}.part`);
  await put(`work/standard/checkpoints/.checkpoint-000000100.safetensors.${gone}.part`);
  await put(`models/.standard.partial-${gone}-${token}/weights.bin`);
  // An earlier process of our number.
  await put(`work/standard/cursor.json.${process.pid}.part`);
  await put('models/standard/model.json');
  await clear();
  expect(await files()).toEqual(['models/standard/model.json']);
  expect(said).toEqual([`${folder}: removed 4 half-written files of processes that are gone.`]);
  await clear();
  expect(said.length).toBe(1);
});

it('what a living process writes, and what is not ours, stays', async () => {
  const kept = [`a.json.${process.ppid}.part`, `models/.standard.partial-${process.ppid}-${token}/weights.bin`];
  const foreign = [
    'notes.part',
    'film.12x.part',
    `models/.standard.partial-${gone}-mine/weights.bin`,
    `models/x.partial-${gone}-${token}/y`,
  ];
  for (const path of [...kept, ...foreign]) await put(path);
  await clear();
  expect(await files()).toEqual([...kept, ...foreign].sort());
  expect(said).toEqual([]);
});

it('a model that was moved aside comes back where its successor never came, and goes where it did', async () => {
  await put(`models/.lost.replaced-${gone}-${token}/model.json`);
  await put(`models/.old.replaced-${gone}-${token}/model.json`);
  await put('models/old/model.json');
  await clear();
  expect(await files()).toEqual(['models/lost/model.json', 'models/old/model.json']);
  expect(await readFile(join(folder, 'models/lost/model.json'), 'utf8')).toContain('.lost.replaced');
  expect(await readFile(join(folder, 'models/old/model.json'), 'utf8')).toBe('models/old/model.json');
  expect(said.length).toBe(2);
});
