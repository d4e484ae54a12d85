import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyArchive, tinyArchiveName, tinyBatches, tinyCifarRecipe, tinyEdition } from '../../../tests/tiny-cifar';
import { type DatasetReport, verifyDataset } from './verify-dataset';

let parent = '';
let folder = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-editions-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'in-'));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

async function reportOn(files: Readonly<Record<string, Uint8Array>>): Promise<DatasetReport> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  return verifyDataset(tinyCifarRecipe, folder);
}
const second = 'data_batch_2.bin';

describe('verifyDataset of an archive and its editions', () => {
  it('finds the files of the archive whole, and asks for no archive', async () => {
    const report = await reportOn(tinyBatches);
    expect(report).toMatchObject({ whole: true, directory: folder });
    expect(report.edition).toBeUndefined();
    expect(report.files.map(({ file, state }) => [file, state])).toEqual(Object.keys(tinyBatches).map((name) => [name, 'original']));
  });

  it('finds an edition whole with its own files alone, and says that it is not the published set', async () => {
    const report = await reportOn(tinyEdition);
    expect(report).toMatchObject({ whole: true, edition: 'other' });
    expect(report.files).toEqual(
      Object.keys(tinyEdition).map((file) => ({
        file,
        state: 'edition',
        explanation: 'not as published: three of the six files drawn anew',
        advice: '',
      })),
    );
  });

  it('finds an edition without one of its files not whole, and one among others foreign', async () => {
    const { [second]: _, ...rest } = tinyEdition;
    const part = await reportOn(rest);
    expect(part.whole).toBe(false);
    expect(part.files.map(({ state }) => state)).toEqual(['edition', 'missing', 'missing', 'missing', 'missing', 'edition']);
    const mixed = await reportOn({ ...tinyBatches, [second]: tinyEdition[second]! });
    expect(mixed.whole).toBe(false);
    expect(mixed.files.map(({ state }) => state)).toEqual(['original', 'foreign', 'original', 'original', 'original', 'original']);
    expect(mixed.files[1]?.advice).toBe('Take all files from one place: those of an edition are read with one another only.');
    const odd = await reportOn({
      ...tinyEdition,
      'data_batch_3.bin': tinyBatches['data_batch_3.bin']!,
      'data_batch_4.bin': new Uint8Array(0),
    });
    expect(odd.files.map(({ state }) => state)).toEqual(['foreign', 'foreign', 'original', 'truncated', 'original', 'foreign']);
  });

  it('explains what is wrong with a file: swapped, cut short, too long, damaged, another label, a page', async () => {
    const bytes = tinyBatches[second]!;
    const explained = async (changed: Uint8Array): Promise<readonly string[]> => {
      const { whole, files } = await reportOn({ ...tinyBatches, [second]: changed });
      expect(whole).toBe(false);
      expect(files.filter(({ state }) => state !== 'original')).toHaveLength(1);
      return [files[1]!.state, files[1]!.explanation];
    };
    expect(await explained(tinyBatches['data_batch_5.bin']!)).toEqual(['swapped', 'the content of data_batch_5.bin']);
    expect(await explained(tinyEdition['test_batch.bin']!)).toEqual(['swapped', 'the content of test_batch.bin']);
    expect(await explained(tinyArchive)).toEqual(['swapped', `the content of ${tinyArchiveName}`]);
    expect(await explained(bytes.subarray(0, 6000))).toEqual(['truncated', '146 of 6146 bytes are missing']);
    expect(await explained(Uint8Array.of(...bytes, 1))).toEqual(['too-long', '1 bytes more than the 6146 that it should have']);
    const damaged = Uint8Array.from(bytes);
    damaged[100] = damaged[100]! ^ 1;
    expect(await explained(damaged)).toEqual(['damaged', 'as long as it should be, with other bytes in it']);
    damaged[3073] = 77;
    expect(await explained(damaged)).toEqual(['damaged', 'as long as it should be, with other bytes in it; label 77 at position 1']);
    expect((await explained(new TextEncoder().encode('<html>')))[0]).toBe('no-data');
  });

  it('reports on an optional file only where it is there', async () => {
    const { contents, editions: _, ...rest } = tinyCifarRecipe;
    const recipe = { ...rest, files: contents!.map((file) => (file.name === second ? { ...file, optional: true } : file)) };
    for (const [name, bytes] of Object.entries(tinyBatches)) if (name !== second) await writeFile(join(folder, name), bytes);
    const without = await verifyDataset(recipe, folder);
    expect([without.whole, without.files.length]).toEqual([true, 5]);
    await writeFile(join(folder, second), 'x');
    const damaged = await verifyDataset(recipe, folder);
    expect([damaged.whole, damaged.files.length]).toEqual([false, 6]);
  });

  it('advises to fetch to where the files were looked for', async () => {
    const advice = async (...path: readonly string[]): Promise<string | undefined> =>
      (await verifyDataset('cifar10', join('no', ...path))).files[0]?.advice;
    const advised = 'Fetch it: groundstate datasets fetch cifar-10 --data no, or put it there yourself.';
    expect(await advice('cifar-10')).toBe(advised);
    expect(await advice('cifar10', 'cifar-10-batches-bin')).toBe(advised);
    expect(await advice('cifar-10-batches-bin')).toBe(advised);
  });
});
