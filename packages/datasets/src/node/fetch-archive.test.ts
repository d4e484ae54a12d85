import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { closeMirrors, cutOffAfter, mirror, serve } from '../../tests/mirror';
import { tinyArchive, tinyArchiveName, tinyBatches, tinyCifarRecipe, tinyInner } from '../../tests/tiny-cifar';
import { openCifar } from '../cifar-10';
import { fetchDataset } from './fetch-dataset';
import { findDataset } from './find-dataset';

let parent = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-archive-'));
});
afterEach(closeMirrors);
afterAll(() => rm(parent, { recursive: true, force: true }));
const names = Object.keys(tinyBatches);

describe('fetchDataset of an archive', () => {
  it('fetches, unpacks and removes the archive, and asks for nothing the second time', async () => {
    const good = await mirror(serve(tinyArchive));
    const data = join(parent, 'one');
    const options = { directory: data, mirrors: [good.url] };
    const first = await fetchDataset(tinyCifarRecipe, options);
    expect(first.directory).toBe(join(data, 'tiny-photographs'));
    expect(first.files).toEqual(names.map((name) => ({ path: join(first.directory, name), size: 6146, state: 'downloaded' })));
    expect((await readdir(first.directory)).sort()).toEqual([...names].sort());
    const again = await fetchDataset(tinyCifarRecipe, options);
    expect(again.files.map(({ state }) => state)).toEqual(names.map(() => 'present'));
    expect(good.requests.map(({ path }) => path)).toEqual([`/data/${tinyArchiveName}`]);
    const found = await findDataset(tinyCifarRecipe, { data });
    expect((await (await openCifar(tinyCifarRecipe, found!.source, 'published')).load('train')).size).toBe(10);
  });

  it('unpacks what is missing out of an archive that is there already, and leaves that where it is', async () => {
    const directory = join(parent, 'two', 'tiny-photographs');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, tinyArchiveName), tinyArchive);
    await writeFile(join(directory, 'data_batch_2.bin'), tinyBatches['data_batch_2.bin']!);
    const { files } = await fetchDataset(tinyCifarRecipe, { directory: join(parent, 'two'), mirrors: ['http://127.0.0.1:9/'] });
    expect(files.map(({ state }) => state === 'present')).toEqual(names.map((name) => name === 'data_batch_2.bin'));
    expect((await readdir(directory)).sort()).toEqual([...names, tinyArchiveName].sort());
  });

  it('refuses another file of a known name before anything is fetched, and replaces it when told', async () => {
    const good = await mirror(serve(tinyArchive));
    const directory = join(parent, 'three', 'tiny-photographs');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'test_batch.bin'), 'mine');
    const options = { directory: join(parent, 'three'), mirrors: [good.url] };
    await expect(fetchDataset(tinyCifarRecipe, options)).rejects.toThrow('got another file, which stays as it is.');
    expect(good.requests).toHaveLength(0);
    expect(await readdir(directory)).toEqual(['test_batch.bin']);
    await fetchDataset(tinyCifarRecipe, { ...options, overwrite: true });
    expect(Buffer.compare(await readFile(join(directory, 'test_batch.bin')), tinyBatches['test_batch.bin']!)).toBe(0);
  });

  it('goes on with an archive that was cut off, and unpacks it when it is whole', async () => {
    const data = join(parent, 'four');
    const cut = await mirror(cutOffAfter(tinyArchive, 1000, { etag: '"1"' }));
    await expect(fetchDataset(tinyCifarRecipe, { directory: data, mirrors: [cut.url], tries: 1 })).rejects.toThrow(
      '1000 bytes that have come',
    );
    expect(await findDataset(tinyCifarRecipe, { data })).toBeUndefined();
    const good = await mirror(serve(tinyArchive, { etag: '"1"' }));
    const said: string[] = [];
    const { directory } = await fetchDataset(tinyCifarRecipe, {
      directory: data,
      mirrors: [good.url],
      onNotice: (line) => said.push(line),
    });
    expect((await readdir(directory)).sort()).toEqual([...names].sort());
    expect(said.at(-1)).toBe(`${join(directory, tinyArchiveName)}: unpacking 6 files`);
  });

  it('leaves optional files alone unless they are asked for', async () => {
    const good = await mirror((request, response, visit) => serve(tinyBatches[request.url!.slice(6)]!)(request, response, visit));
    const { contents: _, editions: __, ...rest } = tinyCifarRecipe;
    const files = tinyCifarRecipe.contents!.map((file) => (file.name === 'data_batch_5.bin' ? { ...file, optional: true } : file));
    const options = { directory: join(parent, 'five'), mirrors: [good.url] };
    const { directory } = await fetchDataset({ ...rest, files }, options);
    expect(await readdir(directory)).toHaveLength(5);
    await fetchDataset({ ...rest, files }, { ...options, optional: true });
    expect((await readdir(directory)).sort()).toEqual([...names].sort());
  });
});

describe('findDataset', () => {
  it('finds a data set under its other names and in the folder of its archive', async () => {
    const at = async (...path: readonly string[]): Promise<string | undefined> => {
      const data = await mkdtemp(join(parent, 'data-'));
      const folder = join(data, ...path);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'test_batch.bin'), '');
      const found = await findDataset(tinyCifarRecipe, { data });
      expect(found?.directory).toBe(folder);
      return found?.name;
    };
    expect(await at('tiny-photographs')).toBe('tiny-photographs');
    expect(await at('tinyphotographs')).toBe('tiny-photographs');
    expect(await at('tiny-photographs', tinyInner)).toBe('tiny-photographs');
    expect(await at('tinyphotographs', tinyInner)).toBe('tiny-photographs');
    expect(await at(tinyInner)).toBe('tiny-photographs');
    expect(await at()).toBe('tiny-photographs');
  });

  it('takes unpacked files before an archive, and an archive before nothing', async () => {
    const data = await mkdtemp(join(parent, 'data-'));
    await mkdir(join(data, 'tiny-photographs'));
    await writeFile(join(data, 'tiny-photographs', tinyArchiveName), '');
    expect((await findDataset(tinyCifarRecipe, { data }))?.directory).toBe(join(data, 'tiny-photographs'));
    await mkdir(join(data, 'tinyphotographs'));
    await writeFile(join(data, 'tinyphotographs', 'data_batch_4.bin'), '');
    expect((await findDataset(tinyCifarRecipe, { data }))?.directory).toBe(join(data, 'tinyphotographs'));
  });

  it('knows CIFAR-10 by either name', async () => {
    const data = await mkdtemp(join(parent, 'data-'));
    await mkdir(join(data, 'cifar10', 'cifar-10-batches-bin'), { recursive: true });
    await writeFile(join(data, 'cifar10', 'cifar-10-batches-bin', 'data_batch_1.bin'), '');
    for (const name of ['cifar-10', 'cifar10']) {
      expect(await findDataset(name, { data })).toMatchObject({
        name: 'cifar-10',
        directory: join(data, 'cifar10', 'cifar-10-batches-bin'),
      });
    }
    await mkdir(join(data, 'svhn'));
    await writeFile(join(data, 'svhn', 'test_32x32.mat'), '');
    expect((await findDataset('svhn', { data }))?.directory).toBe(join(data, 'svhn'));
  });
});
