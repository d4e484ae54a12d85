import { GroundstateError } from '@groundstate/core';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../tests/memory-source';
import { streetDigits } from '../tests/street-digits';
import { type DatasetRecipe, type RecipeFile, svhnRecipe } from './recipes';
import { sha256 } from './sha256';
import { openSvhn, svhn } from './svhn';

const names = { train: 'train_32x32.mat', test: 'test_32x32.mat', extra: 'extra_32x32.mat' };
const original = {
  [names.train]: await streetDigits([1, 2, 10]),
  [names.test]: await streetDigits([3, 4]),
  [names.extra]: await streetDigits([5]),
};
const other = { [names.train]: await streetDigits([6, 7, 8, 9]), [names.test]: await streetDigits([6]) };
const filesOf = (files: Readonly<Record<string, Uint8Array>>): Promise<RecipeFile[]> =>
  Promise.all(
    Object.entries(files).map(async ([name, bytes]) => ({
      name,
      size: bytes.length,
      sha256: await sha256(bytes),
      ...(name === names.extra ? { optional: true } : {}),
    })),
  );
const recipe: DatasetRecipe = {
  ...svhnRecipe,
  files: await filesOf(original),
  editions: [{ name: 'others', title: 'four and one digits of another kind', files: await filesOf(other) }],
};
type Files = Readonly<Record<string, Uint8Array>>;
const open = (files: Files, options: { extra?: boolean; verify?: 'published' | 'layout' } = {}) =>
  openSvhn(recipe, { source: memorySource(files), extra: false, verify: 'published', ...options });

async function refusal(files: Files, options: { extra?: boolean; verify?: 'published' | 'layout' } = {}): Promise<string> {
  const error: unknown = await open(files, options).catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`svhn did not refuse: ${String(error)}`);
  return error.message;
}

describe('svhn', () => {
  it('has its name where the files are the published ones', async () => {
    const { card, load } = await open(original);
    expect(card.name).toBe('svhn');
    expect(card.source).toBe('SVHN as published, verified by SHA-256, from a map in memory');
    expect(Object.keys(card.checksums)).toEqual([names.train, names.test]);
    expect([...(await load('train')).labels]).toEqual([1, 2, 0]);
    expect([...(await load('test')).labels]).toEqual([3, 4]);
  });

  it('adds the extra digits where they are asked for, and verifies them too', async () => {
    const { card, load } = await open(original, { extra: true });
    expect(Object.keys(card.checksums)).toEqual([names.train, names.test, names.extra]);
    expect([...(await load('train')).labels]).toEqual([1, 2, 0, 5]);
    const changed = { ...original, [names.extra]: await streetDigits([4]) };
    expect(await refusal(changed, { extra: true })).toMatch(/^svhn: expected `extra_32x32\.mat` to be the original file \(SHA-256 /);
    expect((await open(changed)).card.name).toBe('svhn');
    expect(await refusal({ ...original, ...other }, { extra: true })).toContain('extra_32x32.mat');
    expect(await refusal(other, { extra: true })).toMatch(
      /^svhn: expected `extra` to be false for these files, four and one digits of another kind/,
    );
  });

  it('has another name where the files are those of another edition', async () => {
    const { card, load } = await open(other);
    expect(card.name).toBe('svhn-form-digits');
    expect(card.source).toBe('not SVHN but four and one digits of another kind, verified by SHA-256, from a map in memory');
    expect([...(await load('train')).labels]).toEqual([6, 7, 8, 9]);
  });

  it('has another name where nobody has verified the files', async () => {
    for (const files of [original, { ...original, [names.test]: other[names.test]! }]) {
      const { card, load } = await open(files, { verify: 'layout' });
      expect(card.name).toBe('svhn-form-digits');
      expect(card.checksums).toEqual({});
      const test = files === original ? 2 : 1;
      expect(card.source).toBe(
        `not verified: files in the form of SVHN (train_32x32.mat, test_32x32.mat: 3 training and ${test} test images), from a map in memory`,
      );
      expect((await load('test')).size).toBe(test);
    }
    const damaged = { ...original, [names.train]: original[names.train]!.subarray(0, 700) };
    expect(await refusal(damaged, { verify: 'layout' })).toMatch(/^svhn: expected `train_32x32\.mat` to be a whole MAT-file/);
    expect(await refusal({}, { verify: 'layout' })).toContain('expected `source` to be a place with train_32x32.mat');
  });

  it('refuses swapped, mixed, missing and changed files by name', async () => {
    const swapped = { [names.train]: original[names.test]!, [names.test]: original[names.train]! };
    expect(await refusal(swapped)).toContain(
      `svhn: expected \`${names.train}\` to be what its name says, got the content of ${names.test}.`,
    );
    expect(await refusal({ ...original, [names.test]: other[names.test]! })).toContain(
      `svhn: expected \`${names.test}\` to be of one edition`,
    );
    expect(await refusal({ [names.train]: original[names.train]! })).toContain(`expected \`source\` to be a place with ${names.test}`);
    expect(await refusal({ ...original, [names.test]: await streetDigits([3, 5]) })).toContain('got a well-formed file with SHA-256');
    const long = Uint8Array.from([...original[names.test]!, 0]);
    expect(await refusal({ ...original, [names.test]: long })).toContain('bytes that end in the tag of an array. The file is cut short');
  });

  it('refuses a file that changed after the card was made', async () => {
    const files: Record<string, Uint8Array> = { ...original };
    const { load } = await open(files);
    files[names.test] = await streetDigits([3, 5]);
    await expect(load('test')).rejects.toThrow('svhn: expected `test_32x32.mat` to be the file that the card names');
  });

  it('refuses unknown options and values', async () => {
    const source = memorySource(original);
    await expect(svhn(undefined as never)).rejects.toThrow('svhn: expected `options` to be an object with a `source`');
    await expect(svhn({ source: 'data' as never })).rejects.toThrow('svhn: expected `source` to be a file source, got "data".');
    await expect(svhn({ source, extra: 1 as never })).rejects.toThrow('svhn: expected `extra` to be true or false, got 1.');
    await expect(svhn({ source, verify: 'no' as never })).rejects.toThrow("svhn: expected `verify` to be one of 'published', 'layout'");
    await expect(svhn({ source, split: 'train' } as never)).rejects.toThrow('split');
    await expect(svhn({ source })).rejects.toThrow('svhn: expected `train_32x32.mat` to be the original file (SHA-256 435e94d69a87');
  });
});
