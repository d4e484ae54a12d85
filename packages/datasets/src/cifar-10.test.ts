import { type Dataset, GroundstateError } from '@groundstate/core';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../tests/memory-source';
import { tinyBatches, tinyCifarRecipe, tinyEdition } from '../tests/tiny-cifar';
import { cifar10, cifar10ClassNames, openCifar } from './cifar-10';
import type { Verify } from './editions';

type Files = Readonly<Record<string, Uint8Array>>;
const open = (files: Files, verify: Verify = 'published'): Promise<Dataset> => openCifar(tinyCifarRecipe, memorySource(files), verify);

async function refusal(files: Files, verify?: Verify): Promise<GroundstateError> {
  const error: unknown = await open(files, verify).catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`openCifar did not refuse: ${String(error)}`);
  expect(error.message).toMatch(/^tiny-photographs: expected `/);
  return error;
}

const changed = (bytes: Uint8Array, position: number): Uint8Array => {
  const copy = Uint8Array.from(bytes);
  copy[position] = copy[position]! ^ 1;
  return copy;
};
const without = (files: Files, ...names: string[]): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));

describe('openCifar', () => {
  it('reads the published files, and the card says so before anything is loaded', async () => {
    const { card, load } = await open(tinyBatches);
    expect(card).toMatchObject({ name: 'tiny-photographs', classes: 10, shape: [32, 32, 3], bounds: [0, 1], licence: 'MIT' });
    expect(card.source).toBe(
      'the 6 files of Tiny photographs as published, 10 training and 2 test images, verified by SHA-256, from a map in memory',
    );
    expect(card.checksums).toEqual(Object.fromEntries(tinyCifarRecipe.contents!.map(({ name, sha256 }) => [name, sha256])));
    expect([...(await load('train')).labels]).toEqual([1, 2, 2, 3, 3, 4, 4, 5, 5, 6]);
    expect([...(await load('test')).labels]).toEqual([6, 7]);
  });

  it('reads a known edition with its own files alone, and the card says which it is and how many images it has', async () => {
    const { card, load } = await open(tinyEdition);
    expect(card.source).toBe(
      'not the published set but three of the six files drawn anew: 4 training and 2 test images, verified by SHA-256, from a map in memory',
    );
    expect(Object.keys(card.checksums)).toEqual(Object.keys(tinyEdition));
    expect([...(await load('train')).labels]).toEqual([1, 2, 2, 3]);
    expect([...(await load('test')).labels]).toEqual([6, 7]);
  });

  it('refuses a file that was changed in any byte, by its name', async () => {
    for (const position of [1, 3072, 3074, 6145]) {
      const files = { ...tinyBatches, 'data_batch_3.bin': changed(tinyBatches['data_batch_3.bin']!, position) };
      const error = await refusal(files);
      expect(error.code).toBe('corrupt');
      expect(error.message).toContain(
        `expected \`data_batch_3.bin\` to be the original file (SHA-256 ${tinyCifarRecipe.contents![2]!.sha256}), got a well-formed file`,
      );
      expect(error.message).toContain("With `verify: 'layout'` only the form is checked, and the card says so.");
    }
    const label = Uint8Array.from(tinyEdition['test_batch.bin']!);
    label[3073] = 200;
    expect((await refusal({ ...tinyEdition, 'test_batch.bin': label })).message).toContain(
      'expected `test_batch.bin` to be a CIFAR file with labels within 0 .. 9, got 200 at position 1.',
    );
  });

  it('refuses a file that is cut short, too long, empty, or something else, by its name', async () => {
    const file = tinyBatches['data_batch_2.bin']!;
    const message = async (bytes: Uint8Array): Promise<string> => (await refusal({ ...tinyBatches, 'data_batch_2.bin': bytes })).message;
    expect(await message(file.subarray(0, 5000))).toContain(
      '`data_batch_2.bin` to be a CIFAR file of whole records of 3073 bytes, got 5000',
    );
    expect(await message(Uint8Array.of(...file, 0))).toContain('got 6147 bytes, which end 1 bytes into record 2.');
    expect(await message(new Uint8Array(0))).toContain('got an empty file.');
    expect(await message(new TextEncoder().encode('<html>'))).toContain('got an HTML page.');
    // Whole records, and too few or too many of them.
    expect(await message(file.subarray(0, 3073))).toContain('to be the original file');
    expect(await message(Uint8Array.of(...file, ...file))).toContain('to be the original file');
  });

  it('refuses files that are swapped, and tells which is which', async () => {
    const swapped = { ...tinyBatches, 'test_batch.bin': tinyBatches['data_batch_2.bin']! };
    expect((await refusal(swapped)).message).toBe(
      'tiny-photographs: expected `test_batch.bin` to be what its name says, got the content of data_batch_2.bin. ' +
        'The files are swapped: give each its own name back.',
    );
  });

  it('refuses a published set or an edition that lacks a file', async () => {
    const error = await refusal(without(tinyBatches, 'data_batch_4.bin'));
    expect(error.code).toBe('not-found');
    expect(error.message).toBe(
      'tiny-photographs: expected `source` to be a place with data_batch_4.bin, got a map in memory, which has no such file, and 5 others ' +
        'of Tiny photographs as published. Put the original file there.',
    );
    expect((await refusal(without(tinyEdition, 'data_batch_2.bin'))).message).toContain(
      'a place with data_batch_2.bin, got a map in memory, which has no such file, and 2 others of three of the six files drawn anew.',
    );
    expect((await refusal({})).message).toContain('a place with data_batch_1.bin, got a map in memory, which has none of the files.');
  });

  it('refuses files of two editions', async () => {
    const error = await refusal({ ...tinyEdition, 'data_batch_3.bin': tinyBatches['data_batch_3.bin']! });
    expect(error.code).toBe('invalid-data');
    expect(error.message).toContain(
      'expected `data_batch_3.bin` to be of one edition with the other files, which are three of the six files drawn anew, ' +
        'got the file of Tiny photographs as published.',
    );
    const tested = { ...tinyBatches, 'test_batch.bin': tinyEdition['test_batch.bin']! };
    expect((await refusal(tested)).message).toContain(
      'expected `test_batch.bin` to be of one edition with the other files, which are Tiny',
    );
  });

  it('refuses on load what was changed since', async () => {
    const files: Record<string, Uint8Array> = { ...tinyBatches };
    const { load } = await openCifar(tinyCifarRecipe, memorySource(files), 'published');
    files['data_batch_5.bin'] = changed(tinyBatches['data_batch_5.bin']!, 6000);
    await expect(load('train')).rejects.toThrow('expected `data_batch_5.bin` to be the file that the card names (SHA-256 ');
    expect((await load('test')).size).toBe(2);
  });

  it('reads files of the right form as not verified where only the layout is asked for', async () => {
    const mine = {
      'data_batch_2.bin': changed(tinyBatches['data_batch_2.bin']!, 100),
      'data_batch_4.bin': tinyBatches['data_batch_4.bin']!.subarray(0, 3073),
      'test_batch.bin': tinyEdition['test_batch.bin']!,
    };
    const { card, load } = await open(mine, 'layout');
    expect(card.source).toBe(
      'not verified: files in the form of CIFAR-10 (data_batch_2.bin, data_batch_4.bin, test_batch.bin: 3 training and 2 test images), from a map in memory',
    );
    expect(card.checksums).toEqual({});
    expect([...(await load('train')).labels]).toEqual([2, 3, 4]);
    const cut = { ...mine, 'test_batch.bin': mine['test_batch.bin'].subarray(1) };
    expect((await refusal(cut, 'layout')).message).toContain('expected `test_batch.bin` to be a CIFAR file of whole records');
    expect((await refusal(without(mine, 'test_batch.bin'), 'layout')).message).toContain('a place with test_batch.bin');
    expect((await refusal(without(mine, 'data_batch_2.bin', 'data_batch_4.bin'), 'layout')).message).toContain(
      'a place with data_batch_1.bin',
    );
  });
});

describe('cifar10', () => {
  it('refuses a missing source, a misspelt option and another kind of verification', async () => {
    await expect(cifar10(undefined as never)).rejects.toThrow(
      'cifar10: expected `options` to be an object with a `source`, got undefined.',
    );
    await expect(cifar10({} as never)).rejects.toThrow('cifar10: expected `source` to be a file source, got undefined.');
    await expect(cifar10({ folder: 'x' } as never)).rejects.toThrow("cifar10: expected `option` to be one of 'source', 'verify', got");
    await expect(cifar10({ source: memorySource({}), verify: 'none' as never })).rejects.toThrow(
      "cifar10: expected `verify` to be one of 'published', 'layout', got \"none\".",
    );
    await expect(cifar10({ source: memorySource({}) })).rejects.toThrow(
      'cifar-10: expected `source` to be a place with data_batch_1.bin, got a map in memory, which has none of the files.',
    );
    expect(cifar10ClassNames).toHaveLength(10);
  });

  it('does not take other files of the right form for CIFAR-10', async () => {
    await expect(cifar10({ source: memorySource(tinyBatches) })).rejects.toThrow(
      'cifar-10: expected `data_batch_1.bin` to be the original file (SHA-256 cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5)',
    );
  });
});
