import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directorySource } from './directory-source';
import { findMnist } from './find-mnist';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-source-'));
  await writeFile(join(folder, 'three'), Uint8Array.of(1, 2, 3));
  await mkdir(join(folder, 'inner'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('directorySource', () => {
  it('reads a file, and has no file where there is none', async () => {
    const source = directorySource(folder);
    expect([...((await source.read('three')) ?? [])]).toEqual([1, 2, 3]);
    expect(await source.read('four')).toBeUndefined();
    expect(source.description).toBe(`the folder ${folder}`);
  });

  it('reads a file in pieces, and says its SHA-256', async () => {
    const large = Uint8Array.from({ length: 600_000 }, (_, i) => (i * i) >> 5);
    await writeFile(join(folder, 'large'), large);
    const file = await directorySource(folder).open?.('large');
    if (file === undefined) throw new Error('there is such a file');
    const pieces: Uint8Array[] = [];
    for await (const piece of file.chunks) pieces.push(piece);
    expect(pieces.length).toBeGreaterThan(1);
    expect(Buffer.compare(Buffer.concat(pieces), large)).toBe(0);
    expect(file.size).toBe(600_000);
    expect(await file.sha256()).toBe(createHash('sha256').update(large).digest('hex'));
    expect(await directorySource(folder).open?.('four')).toBeUndefined();
    await expect(directorySource(folder).open?.('../three')).rejects.toThrow('expected `name` to be the plain name of a file');
    await expect(directorySource(join(folder, 'missing')).open?.('three')).rejects.toThrow(
      'expected `path` to be a folder, got nothing there',
    );
    const inner = await directorySource(folder).open?.('inner');
    await expect(inner?.chunks[Symbol.asyncIterator]().next()).rejects.toThrow('to be a readable file, got a folder.');
  });

  it('says so where the folder is missing or is a file', async () => {
    const missing = join(folder, 'missing');
    await expect(directorySource(missing).read('three')).rejects.toThrow(
      `directorySource: expected \`path\` to be a folder, got nothing there at ${missing}. Check the path.`,
    );
    await expect(directorySource(join(folder, 'three')).read('x')).rejects.toThrow('expected `path` to be a folder, got a file at');
  });

  it('says so where a file is a folder', async () => {
    await expect(directorySource(folder).read('inner')).rejects.toThrow('to be a readable file, got a folder.');
  });

  it('never reaches outside its folder', async () => {
    for (const name of ['../three', 'inner/three', '..', '', '/etc/hosts', 'a\\b']) {
      await expect(directorySource(folder).read(name)).rejects.toThrow('expected `name` to be the plain name of a file');
    }
    expect(() => directorySource('')).toThrow('directorySource: expected `path` to be the path of a folder, got "".');
  });
});

describe('findMnist', () => {
  it('finds the files in <directory>/mnist, then in <directory>, packed or not', async () => {
    const data = await mkdtemp(join(folder, 'data-'));
    expect(await findMnist(data)).toBeUndefined();
    await writeFile(join(data, 't10k-labels-idx1-ubyte'), '');
    expect((await findMnist(data))?.description).toBe(`the folder ${data}`);
    await mkdir(join(data, 'mnist'));
    expect((await findMnist(data))?.description).toBe(`the folder ${data}`);
    await writeFile(join(data, 'mnist', 'train-images-idx3-ubyte.gz'), '');
    expect((await findMnist(data))?.description).toBe(`the folder ${join(data, 'mnist')}`);
  });

  it('finds nothing where there is no such directory', async () => {
    expect(await findMnist(join(folder, 'nowhere'))).toBeUndefined();
    expect(await findMnist(join(folder, 'three'))).toBeUndefined();
  });
});
