import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticDigits } from '@groundstate/datasets';
import { writeIdxDirectory } from '@groundstate/datasets/node';
import { PNG } from 'pngjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { datasetNamed, datasetNames, usualDataset } from './datasets';

const place = { owner: 'train', data: null };
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-datasets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

/** A square of one grey. */
async function writePng(path: string, grey: number): Promise<void> {
  const png = new PNG({ width: 4, height: 4, colorType: 0 });
  png.data.fill(grey);
  for (let i = 3; i < png.data.length; i += 4) png.data[i] = 255;
  await writeFile(path, PNG.sync.write(png, { colorType: 0 }));
}

describe('datasetNamed', () => {
  it('draws the same images always', async () => {
    expect((await datasetNamed('synthetic-digits', place)).card).toEqual(syntheticDigits().card);
    for (const name of ['synthetic-shapes', 'synthetic-street-digits']) {
      expect((await datasetNamed(name, place)).card).toMatchObject({ name, shape: [32, 32, 3], classes: 10 });
    }
    expect([usualDataset(null), usualDataset('somewhere')]).toEqual(['synthetic-digits', 'mnist']);
  });

  it('finds the files of a known data set in the folder that was named, or in the cache', async () => {
    const cache = join(folder, 'cache');
    await writeIdxDirectory(syntheticDigits({ seed: 0, train: 3, test: 2 }), join(cache, 'fashion-mnist'));
    await cp(join(cache, 'fashion-mnist'), join(cache, 'mnist'), { recursive: true });
    vi.stubEnv('GROUNDSTATE_DATA', '');
    vi.stubEnv('GROUNDSTATE_CACHE', cache);
    for (const name of ['mnist', 'fashion-mnist']) {
      for (const data of [null, cache]) {
        const dataset = await datasetNamed(name, { ...place, data });
        expect(dataset.card.name).toBe(name);
        // Found, and not what it says it is.
        await expect(dataset.load('test')).rejects.toThrow(`${name}: expected \`t10k-images-idx3-ubyte.gz\` to be the original file`);
      }
    }
  });

  it('takes a folder of images, divided the same way every time', async () => {
    const images = join(folder, 'greys');
    for (const [label, kind] of ['dark', 'light'].entries()) {
      await mkdir(join(images, kind), { recursive: true });
      for (let i = 0; i < 10; i++) await writePng(join(images, kind, `${i}.png`), 100 * label + i);
    }
    const pixels = async (): Promise<readonly number[]> => {
      const test = await (await datasetNamed(`folder:${images}`, place)).load('test');
      const { inputs, labels } = await test.read(Int32Array.from({ length: test.size }, (_, i) => i));
      const values = [...(await inputs.data())];
      inputs.dispose();
      labels.dispose();
      return values;
    };
    const tested = await pixels();
    expect(tested.length).toBe(4 * 16);
    expect(await pixels()).toEqual(tested);
  });

  it('says what is missing, where it was looked for, and how to have it', async () => {
    vi.stubEnv('GROUNDSTATE_DATA', '');
    vi.stubEnv('GROUNDSTATE_CACHE', join(folder, 'empty'));
    const refuse = (name: string, data: string | null = null) => expect(datasetNamed(name, { ...place, data })).rejects;
    await refuse('minst').toThrow(
      '--dataset: expected `name` to be one of mnist, fashion-mnist, cifar-10, svhn, synthetic-digits, synthetic-shapes, synthetic-street-digits, folder:PATH, got "minst".',
    );
    await refuse('synthetic-digit').toThrow('Did you mean synthetic-digits?');
    await refuse('mnist').toThrow(
      'train: expected `--data` to be the folder that holds mnist/, got null. ' +
        'Fetch it with `groundstate datasets fetch mnist`, or take --dataset synthetic-digits.',
    );
    await refuse('mnist', folder).toThrow(`--data: expected \`${folder}\` to be a folder with the MNIST files`);
    // By either of its names.
    await refuse('cifar10', folder).toThrow(`got none. Fetch it with \`groundstate datasets fetch cifar-10 --data ${folder}\`.`);
    await refuse('fashion-mnist', folder).toThrow(`got none. Fetch it with \`groundstate datasets fetch fashion-mnist --data ${folder}\`.`);
    await refuse('folder:').toThrow('train: expected `--dataset` to be folder: and the path of a folder of images, got "folder:".');
    await refuse(`folder:${join(folder, 'nowhere')}`).toThrow(join(folder, 'nowhere'));
    expect(datasetNames).toContain('folder:PATH');
  });
});
