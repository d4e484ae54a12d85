import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { memorySource, packedIdx } from '../tests/memory-source';
import { mnist } from './mnist';
import { directorySource } from './node/directory-source';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-mnist-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What `load` says to a folder whose training images are these bytes. */
async function refusal(bytes: Uint8Array): Promise<GroundstateError> {
  await writeFile(join(folder, 'train-images-idx3-ubyte.gz'), bytes);
  const error: unknown = await mnist({ source: directorySource(folder) })
    .load('train')
    .catch((cause: unknown) => cause);
  if (!GroundstateError.is(error)) throw new Error(`mnist did not refuse: ${String(error)}`);
  expect(error.message).toMatch(/^mnist: expected `train-images-idx3-ubyte\.gz` to be /);
  return error;
}

describe('mnist', () => {
  it('says on its card what it is', () => {
    const { card } = mnist({ source: memorySource({}) });
    expect(card).toMatchObject({ name: 'mnist', classes: 10, shape: [28, 28, 1], bounds: [0, 1] });
    expect(Object.keys(card.checksums)).toHaveLength(4);
    for (const sum of Object.values(card.checksums)) expect(sum).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses a file of the right form that is not the original', async () => {
    const error = await refusal(packedIdx([60000, 28, 28]));
    expect(error.code).toBe('corrupt');
    expect(error.message).toContain('to be the original file (SHA-256 440fcabf73cc');
    expect(error.message).toContain('got a file of shape [60000, 28, 28]');
    expect(error.message).toContain('as Fashion-MNIST and KMNIST do: fetch the original again.');
  });

  it('refuses a file that is cut short, empty or a web page', async () => {
    expect((await refusal(packedIdx([100, 28, 28], 7).subarray(0, 60))).message).toContain('cut short or damaged');
    expect((await refusal(new Uint8Array(0))).message).toContain('to be an IDX file, got an empty file. Fetch it again.');
    expect((await refusal(new TextEncoder().encode('<!doctype html>404'))).message).toContain('got an HTML page');
  });

  it('names the missing file and the folder', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'));
    const load = mnist({ source: directorySource(empty) }).load('test');
    await expect(load).rejects.toThrow('to be a place with t10k-images-idx3-ubyte.gz or t10k-images-idx3-ubyte, got the folder ');
  });

  it('refuses a missing source and a misspelt option', () => {
    expect(() => mnist({} as never)).toThrow('mnist: expected `source` to be a file source, got undefined.');
    expect(() => mnist({ folder: 'data' } as never)).toThrow('mnist: expected `option` to be one of \'source\', got "folder".');
    expect(() => mnist(undefined as never)).toThrow('mnist: expected `options` to be an object with a `source`, got undefined.');
  });
});
