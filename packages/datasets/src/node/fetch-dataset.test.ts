import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeMirrors, mirror, serve } from '../../tests/mirror';
import { tinyFiles, tinyRecipe } from '../../tests/tiny-recipe';
import { cacheDirectory } from './cache-directory';
import { fetchDataset } from './fetch-dataset';
import { dataDirectories, findDataset } from './find-dataset';

let parent = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-fetch-'));
});
afterEach(closeMirrors);
afterAll(() => rm(parent, { recursive: true, force: true }));

const serving = (files: Readonly<Record<string, Uint8Array>>): ReturnType<typeof mirror> =>
  mirror((request, response, visit) => {
    const bytes = files[(request.url ?? '').split('/').at(-1) ?? ''];
    if (bytes === undefined) response.writeHead(404).end();
    else serve(bytes)(request, response, visit);
  });

describe('fetchDataset', () => {
  it('fetches the files into a folder of their own, and nothing the second time', async () => {
    const good = await serving(tinyFiles);
    const directory = join(parent, 'one');
    const seen: string[] = [];
    const options = { directory, mirrors: [good.url], onProgress: ({ file }: { file: string }) => seen.push(file) };
    const first = await fetchDataset(tinyRecipe, options);
    expect(first).toMatchObject({ name: 'tiny', directory: join(directory, 'tiny') });
    expect(first.files.map(({ state }) => state)).toEqual(['downloaded', 'downloaded', 'downloaded', 'downloaded']);
    expect((await readdir(join(directory, 'tiny'))).sort()).toEqual(Object.keys(tinyFiles).sort());
    for (const [name, bytes] of Object.entries(tinyFiles)) {
      expect(Buffer.compare(await readFile(join(directory, 'tiny', name)), bytes)).toBe(0);
    }
    expect(new Set(seen)).toEqual(new Set(Object.keys(tinyFiles)));
    expect((await fetchDataset(tinyRecipe, options)).files.map(({ state }) => state)).toEqual(new Array(4).fill('present'));
    expect(good.requests).toHaveLength(4);
    expect(await findDataset(tinyRecipe, { data: directory })).toMatchObject({ directory: join(directory, 'tiny'), from: 'option' });
  });

  it('keeps what it has where a later file is not to be had', async () => {
    const [name = '', bytes] = Object.entries(tinyFiles)[0]!;
    const poor = await serving({ [name]: bytes });
    const directory = join(parent, 'two');
    const error: unknown = await fetchDataset(tinyRecipe, { directory, mirrors: [poor.url] }).catch((cause: unknown) => cause);
    expect(GroundstateError.is(error) && error.code).toBe('not-found');
    expect(await readdir(join(directory, 'tiny'))).toEqual([name]);
  });

  it('refuses names and options that it does not know, before anything is fetched', async () => {
    await expect(fetchDataset('imagenet')).rejects.toThrow("fetchDataset: expected `dataset` to be one of 'mnist'");
    await expect(fetchDataset(tinyRecipe, { folder: 'x' } as never)).rejects.toThrow('expected `option` to be one of');
  });
});

describe('cacheDirectory', () => {
  it('is what GROUNDSTATE_CACHE says, else a place of the platform', () => {
    expect(cacheDirectory({ GROUNDSTATE_CACHE: 'here' })).toBe(resolve('here'));
    expect(cacheDirectory({ GROUNDSTATE_CACHE: '' })).toBe(cacheDirectory({}));
    expect(cacheDirectory({})).toMatch(/groundstate([\\/]Cache)?$/);
  });
});

describe('findDataset', () => {
  it('looks in the folder that was named and nowhere else, or in GROUNDSTATE_DATA and then in the cache', async () => {
    const env = { GROUNDSTATE_DATA: join(parent, 'variable'), GROUNDSTATE_CACHE: join(parent, 'cache') };
    expect(dataDirectories({ data: 'named', env })).toEqual([{ path: 'named', from: 'option' }]);
    expect(() => dataDirectories({ data: '', env })).toThrow('findDataset: expected `data` to be the path of a folder, got "".');
    expect(dataDirectories({ env })).toEqual([
      { path: env.GROUNDSTATE_DATA, from: 'GROUNDSTATE_DATA' },
      { path: env.GROUNDSTATE_CACHE, from: 'cache' },
    ]);
    expect(dataDirectories({ env: { ...env, GROUNDSTATE_DATA: '' } })).toEqual([{ path: env.GROUNDSTATE_CACHE, from: 'cache' }]);

    expect(await findDataset(tinyRecipe, { env })).toBeUndefined();
    await mkdir(join(env.GROUNDSTATE_CACHE, 'tiny'), { recursive: true });
    await writeFile(join(env.GROUNDSTATE_CACHE, 'tiny', 't10k-labels-idx1-ubyte'), '');
    expect(await findDataset(tinyRecipe, { env })).toMatchObject({ directory: join(env.GROUNDSTATE_CACHE, 'tiny'), from: 'cache' });
    await mkdir(env.GROUNDSTATE_DATA);
    await writeFile(join(env.GROUNDSTATE_DATA, 'train-labels-idx1-ubyte.gz'), '');
    expect(await findDataset(tinyRecipe, { env })).toMatchObject({ directory: env.GROUNDSTATE_DATA, from: 'GROUNDSTATE_DATA' });
    expect(await findDataset(tinyRecipe, { env, data: join(parent, 'nowhere') })).toBeUndefined();
    await expect(findDataset('mnist', { folder: 'x' } as never)).rejects.toThrow('expected `option` to be one of');
  });

  it('tells whose a folder is by the sizes of its files, where data sets share their names', async () => {
    const mixed = join(parent, 'mixed');
    const find = (name: string): ReturnType<typeof findDataset> => findDataset(name, { data: mixed });
    await mkdir(join(mixed, 'fashion-mnist'), { recursive: true });
    await writeFile(join(mixed, 't10k-labels-idx1-ubyte.gz'), new Uint8Array(4_542));
    expect(await find('mnist')).toMatchObject({ directory: mixed });
    expect(await find('fashion-mnist')).toBeUndefined();
    // Of each there is a file: each says what is wrong with the others.
    await writeFile(join(mixed, 'train-labels-idx1-ubyte.gz'), new Uint8Array(29_515));
    expect(await find('mnist')).toMatchObject({ directory: mixed });
    expect(await find('fashion-mnist')).toMatchObject({ directory: mixed });
    // A folder of its name is its own, whatever is in it.
    await writeFile(join(mixed, 'fashion-mnist', 't10k-labels-idx1-ubyte.gz'), new Uint8Array(4_542));
    expect(await find('fashion-mnist')).toMatchObject({ directory: join(mixed, 'fashion-mnist') });
  });
});
