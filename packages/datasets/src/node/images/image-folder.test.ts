import '@tensorflow/tfjs-backend-cpu';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Dataset, GroundstateError } from '@groundstate/core';
import { describeDataset } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { type PngRequest, png } from '../../../tests/png';
import { imageFolder } from './image-folder';

const parent = await mkdtemp(join(tmpdir(), 'groundstate-images-'));
afterAll(() => rm(parent, { recursive: true, force: true }));

const grey = (...samples: number[]): PngRequest => ({ width: 2, height: 1, type: 0, samples });

/** A folder with these files. */
async function folderOf(files: Readonly<Record<string, PngRequest | Uint8Array | string>>): Promise<string> {
  const folder = await mkdtemp(join(parent, 'of-'));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const isRequest = typeof content === 'object' && 'samples' in content;
    await writeFile(path, isRequest ? png(content) : content);
  }
  return folder;
}

async function refusal(work: Promise<unknown>): Promise<GroundstateError> {
  const error: unknown = await work.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  if (!GroundstateError.is(error)) throw new Error(`it was not refused: ${String(error)}`);
  return error;
}

/** All pixels of a split as bytes, with the labels. */
async function contentOf(dataset: Dataset, split: 'train' | 'test'): Promise<{ bytes: number[]; labels: number[] }> {
  const examples = await dataset.load(split);
  const { inputs, labels } = await examples.read(Int32Array.from({ length: examples.size }, (_, i) => i));
  const bytes = Array.from(inputs.dataSync(), (value) => Math.round(value * 255));
  tf.dispose([inputs, labels]);
  return { bytes, labels: [...examples.labels] };
}

const both = await folderOf({
  'train/cat/2.png': grey(20, 21),
  'train/cat/1.PNG': grey(10, 11),
  'train/ant/z.png': grey(30, 31),
  'test/cat/9.png': grey(40, 41),
  'train/.DS_Store': 'litter',
  'test/cat/Thumbs.db': 'litter',
});
const ready = await imageFolder(both);
describeDataset(() => ready);

describe('imageFolder', () => {
  it('numbers the classes and orders the images by name, and reads grey PNG as one channel', async () => {
    const before = tf.memory().numTensors;
    expect(ready.classNames).toEqual(['ant', 'cat']);
    expect(ready.card).toMatchObject({ classes: 2, shape: [1, 2, 1], bounds: [0, 1] });
    expect(await contentOf(ready, 'train')).toEqual({ bytes: [30, 31, 10, 11, 20, 21], labels: [0, 1, 1] });
    expect(await contentOf(ready, 'test')).toEqual({ bytes: [40, 41], labels: [1] });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('reads colours, palettes and 16 bits, and grey among colours', async () => {
    const folder = await folderOf({
      'a/1.png': { width: 1, height: 1, type: 2, samples: [1, 2, 3] },
      'a/2.png': { width: 1, height: 1, type: 3, samples: [1], palette: [9, 9, 9, 4, 5, 6] },
      'a/3.png': { width: 1, height: 1, type: 0, samples: [7] },
      // 65535 / 257 = 255, 257 * 128 = 32896; 32896 + 120 rounds down, as 120 / 257 < 1 / 2.
      'a/4.png': { width: 1, height: 1, type: 2, depth: 16, samples: [65535, 32896, 33016] },
    });
    const dataset = await imageFolder(folder, { testFraction: 0 });
    expect(dataset.card.shape).toEqual([1, 1, 3]);
    expect((await contentOf(dataset, 'train')).bytes).toEqual([1, 2, 3, 4, 5, 6, 7, 7, 7, 255, 128, 128]);
    expect((await refusal(dataset.load('test'))).message).toContain('to be a folder with images to test on, got none.');
  });

  it('lays transparent pixels over a background that is stated, and over none that is not', async () => {
    const folder = await folderOf({
      'a/1.png': { width: 1, height: 2, type: 6, samples: [200, 100, 0, 255, 200, 100, 0, 51] },
      'b/1.png': { width: 1, height: 2, type: 4, samples: [50, 0, 50, 255] },
    });
    // A fifth of the pixel over four fifths of the ground: 200 / 5 + 4 * 255 / 5 = 244, 100 / 5 + 204 = 224, 204.
    const white = await imageFolder(folder, { background: 255, testFraction: 0 });
    expect((await contentOf(white, 'train')).bytes).toEqual([200, 100, 0, 244, 224, 204, 255, 255, 255, 50, 50, 50]);
    const coloured = await imageFolder(folder, { background: [10, 20, 30], testFraction: 0 });
    expect((await contentOf(coloured, 'train')).bytes.slice(3, 9)).toEqual([48, 36, 24, 10, 20, 30]);
    const bare = await imageFolder(folder, { testFraction: 0 });
    expect((await refusal(bare.load('train'))).message).toBe(
      `imageFolder: expected \`${join(folder, 'a', '1.png')}\` to be an image without transparent pixels, got one with such a pixel in row 1, column 0. Say what is behind it: \`background: 255\` for white, 0 for black, or [red, green, blue].`,
    );
  });

  it('makes grey of files in colour only where every pixel is grey', async () => {
    const colours = (...samples: number[]): PngRequest => ({ width: 1, height: 1, type: 2, samples });
    const plain = await imageFolder(await folderOf({ 'a/1.png': colours(8, 8, 8) }), { channels: 1, testFraction: 0 });
    expect((await contentOf(plain, 'train')).bytes).toEqual([8]);
    const mixed = await imageFolder(await folderOf({ 'a/1.png': colours(8, 8, 9) }), { channels: 1, testFraction: 0 });
    expect((await refusal(mixed.load('train'))).message).toContain(
      'to be a grey image, as `channels` is 1, got the colour 8, 8, 9 in row 0',
    );
  });

  it('divides each class by the hashes of the names: a share of each, all of it, and nearly the same when an image is added', async () => {
    const files = (count: number): Record<string, PngRequest> =>
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [
          [`a/a${i}.png`, grey(i, 0)],
          [`b/${i}.png`, grey(i, 1)],
        ]).flat(),
      );
    const idsOf = async (count: number, seed: number): Promise<number[]> => {
      const dataset = await imageFolder(await folderOf(files(count)), { testFraction: 0.25, seed });
      const [train, test] = [await contentOf(dataset, 'train'), await contentOf(dataset, 'test')];
      const each = Math.round(count / 4);
      expect(test.labels).toEqual([...new Array(each).fill(0), ...new Array(each).fill(1)]);
      const pairs = (bytes: number[]): number[] =>
        Array.from({ length: bytes.length / 2 }, (_, i) => bytes[2 * i]! + 1000 * bytes[2 * i + 1]!);
      expect(new Set([...pairs(train.bytes), ...pairs(test.bytes)]).size).toBe(2 * count);
      return pairs(test.bytes);
    };
    let tested = await idsOf(12, 0);
    expect(await idsOf(12, 0)).toEqual(tested);
    expect(await idsOf(12, 1)).not.toEqual(tested);
    for (let count = 13; count <= 20; count++) {
      const next = await idsOf(count, 0);
      const added = [count - 1, 1000 + count - 1];
      const moved = [...tested.filter((id) => !next.includes(id)), ...next.filter((id) => !tested.includes(id) && !added.includes(id))];
      // One of each class at the most.
      expect([moved.length <= 2, new Set(moved.map((id) => id >= 1000)).size]).toEqual([true, moved.length]);
      tested = next;
    }
  });

  it('says which image has another size, and offers nothing but to leave sizes alone', async () => {
    const folder = await folderOf({ 'a/1.png': grey(1, 2), 'b/2.png': { width: 1, height: 2, type: 0, samples: [1, 2] } });
    expect((await refusal(imageFolder(folder))).message).toBe(
      `imageFolder: expected \`${join(folder, 'b', '2.png')}\` to be an image of 1 x 2, as ${join(folder, 'a', '1.png')} is, got one of 2 x 1. All images must have one size; resize or crop them yourself.`,
    );
    expect((await refusal(imageFolder(folder, { size: [2, 1] }))).message).toContain(join('a', '1.png'));
    expect((await refusal(imageFolder(folder, { resize: true as never }))).message).toContain('expected `resize` to be false, got true.');
  });

  it('names the file that is no PNG, or a broken one, whatever is wrong with it', async () => {
    const whole = png({ width: 8, height: 8, type: 2, samples: Array.from({ length: 192 }, (_, i) => (i * 37) % 256) });
    const at = async (bytes: Uint8Array): Promise<GroundstateError> => {
      const folder = await folderOf({ 'a/1.png': whole, 'a/2.png': bytes });
      const error = await refusal(imageFolder(folder, { testFraction: 0 }).then((dataset) => dataset.load('train')));
      expect(error.message).toContain(`imageFolder: expected \`${join(folder, 'a', '2.png')}\` to be a`);
      return error;
    };
    expect((await at(new Uint8Array(0))).message).toContain('a PNG image, got an empty file.');
    expect((await at(Buffer.from('<html>'))).message).toContain('got an HTML page.');
    expect((await at(Buffer.of(0xff, 0xd8, 0xff, 0xe0))).message).toContain('got a JPEG image.');
    for (let length = 8; length < whole.length; length += 7) expect((await at(whole.subarray(0, length))).code).toBe('corrupt');
    for (const position of [30, 45, 60, whole.length - 20]) {
      const damaged = Uint8Array.from(whole);
      damaged[position] = damaged[position]! ^ 16;
      expect((await at(damaged)).code).toBe('corrupt');
    }
  });

  it.each([
    ['a loose file', { 'a/1.png': grey(1, 2), 'readme.txt': 'x' }, 'to be a folder, one for each class, got a file.'],
    ['another kind of file', { 'a/1.jpg': 'x' }, 'to be a PNG image, as all in the folder of a class, got another kind of file.'],
    ['a folder in a class', { 'a/b/1.png': grey(1, 2) }, 'to be a PNG image, as all in the folder of a class, got a folder.'],
    [
      'a third split',
      { 'train/a/1.png': grey(1, 2), 'test/a/1.png': grey(1, 2), 'val/a/1.png': grey(1, 2) },
      'got train/, test/ and val/.',
    ],
    ['a class only to test on', { 'train/a/1.png': grey(1, 2), 'test/b/1.png': grey(1, 2) }, 'got a class that nothing is trained on.'],
    ['only a folder to train on', { 'train/a/1.png': grey(1, 2), 'train/b/1.png': grey(1, 2) }, 'got train/ alone. Put test/ beside it'],
    ['nothing at all', {}, 'to be a folder with a folder for each class, got one with none.'],
  ])('says what is wrong with a folder that has %s', async (_, files, words) => {
    expect((await refusal(imageFolder(await folderOf(files as Record<string, PngRequest>)))).message).toContain(words);
  });

  it('refuses an empty class, a missing folder and options that make no sense', async () => {
    const folder = await folderOf({ 'a/1.png': grey(1, 2) });
    await mkdir(join(folder, 'b'));
    expect((await refusal(imageFolder(folder))).message).toContain('to be a folder of PNG images, got an empty one.');
    expect((await refusal(imageFolder(join(folder, 'none')))).message).toContain('to be a folder, got nothing there. Check the path.');
    expect((await refusal(imageFolder(folder, { testFraction: 2 }))).message).toContain('expected `testFraction` to be');
    expect((await refusal(imageFolder(folder, { background: [1, 2] as never }))).message).toContain('[red, green, blue], got [1, 2].');
    expect((await refusal(imageFolder(folder, { channels: 2 as never }))).message).toContain('to be 1 (grey) or 3 (colours), got 2.');
    expect((await refusal(imageFolder(folder, { grey: true } as never))).message).toContain('expected `option` to be one of');
    for (const size of [28, [28], [1, 2, 3]]) {
      expect((await refusal(imageFolder(folder, { size: size as never }))).message).toContain('expected `size` to be [height, width], got');
    }
    expect((await refusal(imageFolder(folder, { size: [0, 2] }))).message).toContain(
      'expected `size` to be an integer of at least 1, got 0.',
    );
  });

  it('names the image that cannot be read, now or when it is loaded', async () => {
    const folder = await folderOf({ 'a/1.png': grey(1, 2), 'a/2.png': grey(3, 4) });
    const [first, second] = [join(folder, 'a', '1.png'), join(folder, 'a', '2.png')];
    const dataset = await imageFolder(folder, { testFraction: 0 });
    await rm(second);
    expect((await refusal(dataset.load('train'))).message).toContain(`expected \`${second}\` to be a readable file, got nothing`);
    await symlink(join(folder, 'nowhere'), second);
    expect((await refusal(imageFolder(folder))).message).toContain(
      `expected \`${second}\` to be a readable file, got nothing, or a link to`,
    );
    await rm(second);
    await symlink(join(folder, 'a'), second);
    expect((await refusal(imageFolder(folder))).message).toContain(`expected \`${second}\` to be a readable file, got a folder.`);
    expect((await refusal(imageFolder(folder))).message).not.toContain(first);
  });
});
