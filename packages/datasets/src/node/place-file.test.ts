import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { placeFile } from './place-file';

const parent = await mkdtemp(join(tmpdir(), 'groundstate-place-'));
afterAll(() => rm(parent, { recursive: true, force: true }));

describe('placeFile', () => {
  it('gives a file its name, replaces one that has it only when told, and leaves no other name behind', async () => {
    const folder = await mkdtemp(join(parent, 'in-'));
    const [temporary, path] = [join(folder, 'x.part'), join(folder, 'x')];
    await writeFile(temporary, 'first');
    expect(await placeFile(temporary, path, false)).toBe(true);
    expect(await readdir(folder)).toEqual(['x']);

    await writeFile(temporary, 'second');
    expect(await placeFile(temporary, path, false)).toBe(false);
    expect(await readFile(path, 'utf8')).toBe('first');
    expect(await readFile(temporary, 'utf8')).toBe('second');

    expect(await placeFile(temporary, path, true)).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('second');
    expect(await readdir(folder)).toEqual(['x']);
  });
});
