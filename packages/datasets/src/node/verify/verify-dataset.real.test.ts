import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { realMnist } from '../../../tests/real-mnist';
import { filesOf, mnistRecipe, recipes } from '../../recipes';
import { findDataset } from '../find-dataset';
import { verifyDataset } from './verify-dataset';

const found = await realMnist();

describe.skipIf(found === undefined)('verifyDataset on the original files', () => {
  const directory = found?.description.replace('the folder ', '') ?? '';

  it('finds MNIST whole, by the sizes and checksums of its recipe', async () => {
    const { whole, files } = await verifyDataset('mnist', directory);
    expect(files.map(({ state }) => state)).toEqual(['original', 'original', 'original', 'original']);
    expect(whole).toBe(true);
    for (const { name, size } of mnistRecipe.files) expect((await found!.read(name))?.length).toBe(size);
    expect((await findDataset('mnist', { data: directory }))?.directory).toBe(directory);
  });

  it('finds MNIST under the names of Fashion-MNIST, and one label file in the place of the other', async () => {
    const { files } = await verifyDataset('fashion-mnist', directory);
    expect(files[0]).toMatchObject({ state: 'foreign', explanation: 'the training images of MNIST, which go by the same file names' });
    const folder = await mkdtemp(join(tmpdir(), 'groundstate-real-'));
    try {
      const [train, test] = ['train-labels-idx1-ubyte.gz', 't10k-labels-idx1-ubyte.gz'];
      await copyFile(join(directory, test), join(folder, train));
      await writeFile(join(folder, test), (await found!.read(test))!.subarray(0, 4000));
      expect((await verifyDataset('mnist', folder)).files.map(({ state, explanation }) => [state, explanation])).toEqual([
        ['missing', `not in ${folder}`],
        ['swapped', `the content of ${test}`],
        ['missing', `not in ${folder}`],
        ['truncated', '542 of 4542 bytes are missing; gzip ends too early'],
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('recipes', () => {
  it('have plain names, sums and sizes, and addresses of folders', () => {
    expect(Object.keys(recipes)).toEqual(['mnist', 'fashion-mnist', 'cifar-10', 'svhn']);
    for (const recipe of Object.values(recipes)) {
      for (const { name, size, sha256 } of [recipe, ...(recipe.editions ?? [])].flatMap((set) => [...set.files, ...filesOf(recipe)])) {
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
        expect(`${name} ${Number.isInteger(size) && size > 1000}`).toMatch(/^\w[\w.-]* true$/);
      }
      for (const mirror of recipe.mirrors) expect(mirror).toMatch(/^https?:\/\/.*\/$/);
      if (recipe.format === 'idx') expect(recipe.mirrors.filter((mirror) => mirror.startsWith('https:')).length).toBeGreaterThanOrEqual(3);
    }
  });
});
