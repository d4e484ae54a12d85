import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tinyContents, tinyFiles, tinyRecipe } from '../../../tests/tiny-recipe';
import { encodeIdx } from '../../formats/idx';
import { cacheDirectory } from '../cache-directory';
import type { FileReport } from './file-report';
import { verifyDataset } from './verify-dataset';

const images = 'train-images-idx3-ubyte.gz';
const labels = 'train-labels-idx1-ubyte.gz';
const whole = tinyFiles[images]!;
const advice = (): string => `Remove it and fetch it again: groundstate datasets fetch tiny --data ${folder}`;

let parent = '';
let folder = '';
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'groundstate-verify-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(parent, 'in-'));
  for (const [name, bytes] of Object.entries(tinyFiles)) await writeFile(join(folder, name), bytes);
});
afterAll(() => rm(parent, { recursive: true, force: true }));

/** What is said of the training images when these bytes stand in their place. */
async function reportOn(bytes: Uint8Array): Promise<Omit<FileReport, 'file'>> {
  await writeFile(join(folder, images), bytes);
  const report = await verifyDataset(tinyRecipe, folder);
  expect(report.files.slice(1).map(({ state }) => state)).toEqual(['original', 'original', 'original']);
  const { file, ...rest } = report.files[0]!;
  expect(file).toBe(images);
  expect(report.whole).toBe(['original', 'same-content'].includes(rest.state));
  for (const line of [rest.explanation, rest.advice]) expect(line).not.toContain('\n');
  return rest;
}

const damaged = (position: number): Uint8Array => {
  const bytes = Uint8Array.from(whole);
  bytes[position] = bytes[position]! ^ 1;
  return bytes;
};

describe('verifyDataset', () => {
  it('finds the published files whole, and changes nothing', async () => {
    const names = await readdir(folder);
    const report = await verifyDataset(tinyRecipe, folder);
    expect(report).toMatchObject({ name: 'tiny', directory: folder, whole: true });
    expect(report.files).toEqual(
      Object.keys(tinyFiles).map((file) => ({ file, state: 'original', explanation: 'the published file, by SHA-256', advice: '' })),
    );
    expect(await readdir(folder)).toEqual(names);
  });

  it('takes the published content packed anew, unpacked, and unpacked under the packed name', async () => {
    expect(await reportOn(gzipSync(tinyContents['train-images-idx3-ubyte']!, { level: 1 }))).toMatchObject({
      state: 'same-content',
      explanation: 'the published content, packed anew',
    });
    expect(await reportOn(gunzipSync(whole))).toMatchObject({ state: 'same-content', explanation: 'the published content, unpacked' });
    await rm(join(folder, images));
    await writeFile(join(folder, 'train-images-idx3-ubyte'), gunzipSync(whole));
    expect((await verifyDataset(tinyRecipe, folder)).files[0]).toMatchObject({ file: 'train-images-idx3-ubyte', state: 'same-content' });
  });

  it('says how many bytes of a file are missing, packed or not', async () => {
    expect(await reportOn(whole.subarray(0, 700))).toEqual({
      state: 'truncated',
      explanation: `${whole.length - 700} of ${whole.length} bytes are missing; gzip ends too early`,
      advice: advice(),
    });
    expect(await reportOn(gunzipSync(whole).subarray(0, 1000))).toMatchObject({
      state: 'truncated',
      // 40 x 8 x 8 bytes and a header of 16.
      explanation: '1576 of 2576 bytes are missing; unpacked, by its own header',
    });
    expect(await reportOn(new Uint8Array(0))).toMatchObject({
      state: 'truncated',
      explanation: `empty: ${whole.length} bytes are missing`,
    });
  });

  it('tells damage by the checks of gzip, and bytes left over', async () => {
    const { length } = whole;
    expect((await reportOn(damaged(length - 6))).explanation).toBe(
      'as long as it should be, but the CRC-32 inside gzip does not fit the content',
    );
    expect((await reportOn(damaged(length - 1))).explanation).toBe(
      'as long as it should be, but the length inside gzip does not fit the content',
    );
    expect((await reportOn(damaged(length >> 1))).state).toBe('damaged');
    expect(await reportOn(new Uint8Array([...whole, 1, 2, 3]))).toEqual({
      state: 'too-long',
      explanation: `3 bytes more than the ${length} that it should have; there are bytes after the end of the packed content`,
      advice: advice(),
    });
  });

  it('knows a web page under the name of a file, and other kinds of files', async () => {
    expect(await reportOn(Buffer.from('<!DOCTYPE html><title>Sign in</title>'))).toEqual({
      state: 'no-data',
      explanation: 'an HTML page, as servers and networks send in place of a file, not data',
      advice: advice(),
    });
    expect((await reportOn(Buffer.from('PK\x03\x04xx'))).explanation).toBe('a zip archive, not data');
    expect((await reportOn(Buffer.from('version https://git-lfs.github.com/spec/v1'))).explanation).toContain('a Git LFS pointer');
  });

  it('tells files that are swapped from files of another set', async () => {
    expect(await reportOn(tinyFiles[labels]!)).toEqual({
      state: 'swapped',
      explanation: `the content of ${labels}`,
      advice: 'Files are swapped: give each its own name back.',
    });
    expect((await reportOn(gzipSync(tinyContents['t10k-images-idx3-ubyte']!, { level: 1 }))).state).toBe('swapped');
    const other = gzipSync(encodeIdx({ shape: [5, 28, 28], data: new Uint8Array(5 * 784) }));
    expect(await reportOn(other)).toMatchObject({
      state: 'foreign',
      explanation: 'well-formed, 5 images of 28 x 28, but not those of Tiny',
    });
    expect((await reportOn(gzipSync('something else'))).explanation).toBe(
      'its header is wrong (not IDX, where the training images should be)',
    );
  });

  it('says so where only the packed file has a known checksum', async () => {
    const files = tinyRecipe.files.map(({ content: _, ...file }) => file);
    await writeFile(join(folder, images), gunzipSync(whole));
    const report = await verifyDataset({ ...tinyRecipe, files }, folder);
    expect(report).toMatchObject({
      whole: false,
      files: [{ state: 'unknown', explanation: expect.stringContaining(`only the file as published, ${images}`) }, {}, {}, {}],
    });
    // Its place among the others is told by the packed file all the same.
    await writeFile(join(folder, images), tinyFiles[labels]!);
    expect((await verifyDataset({ ...tinyRecipe, files }, folder)).files[0]).toMatchObject({ state: 'swapped' });
  });

  it('says what is missing and what cannot be read', async () => {
    await rm(join(folder, images));
    await rm(join(folder, labels));
    await mkdir(join(folder, labels));
    const { files } = await verifyDataset(tinyRecipe, folder);
    expect(files[0]).toEqual({
      file: images,
      state: 'missing',
      explanation: `not in ${folder}`,
      advice: `Fetch it: groundstate datasets fetch tiny --data ${folder}, or put it there yourself.`,
    });
    expect(files[1]).toMatchObject({ state: 'unreadable', explanation: 'a folder' });
    const nowhere = await verifyDataset(tinyRecipe, join(folder, 'nowhere'));
    expect(nowhere.files.map(({ state }) => state)).toEqual(['missing', 'missing', 'missing', 'missing']);
  });

  it('advises to fetch to where the files were looked for', async () => {
    const adviceFor = async (directory: string): Promise<string | undefined> =>
      (await verifyDataset(tinyRecipe, directory)).files[0]?.advice;
    const advised = (place: string): string => `Fetch it: groundstate datasets fetch tiny${place}, or put it there yourself.`;
    expect(await adviceFor(join('no', 'data', 'tiny'))).toBe(advised(` --data ${join('no', 'data')}`));
    expect(await adviceFor(join('no data', 'tiny'))).toBe(advised(' --data "no data"'));
    expect(await adviceFor(join(cacheDirectory(), 'tiny'))).toBe(advised(''));
  });

  it('tells the length of files that are not IDX', async () => {
    const size = 1000;
    const files = [{ name: 'a.mat', size, sha256: '0'.repeat(64) }];
    const recipe = { ...tinyRecipe, format: 'mat5' as const, files };
    const explained = async (length: number): Promise<string> => {
      await writeFile(join(folder, 'a.mat'), Buffer.concat([Buffer.from('MATLAB 5.0 MAT-file'), Buffer.alloc(length - 19)]));
      return (await verifyDataset(recipe, folder)).files[0]!.explanation;
    };
    expect(await explained(900)).toBe('100 of 1000 bytes are missing');
    expect(await explained(1001)).toBe('1 bytes more than the 1000 that it should have');
    expect(await explained(1000)).toBe('as long as it should be, with other bytes in it');
  });

  it('refuses a data set that nobody knows', async () => {
    await expect(verifyDataset('cifar', folder)).rejects.toThrow(
      "verifyDataset: expected `dataset` to be one of 'mnist', 'fashion-mnist', 'cifar-10', 'svhn', got \"cifar\".",
    );
    await expect(verifyDataset('constructor', folder)).rejects.toThrow('expected `dataset` to be one of');
  });
});
