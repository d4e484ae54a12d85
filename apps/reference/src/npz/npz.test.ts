import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import fixture from '../../tests/fixtures/npz.json';
import { decodeNpy, encodeNpy, type NpyArray } from './npy';
import { readNpz, writeNpz } from './npz';
import { decodeZip, encodeZip } from './zip';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'groundstate-npz-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const bytesOf = (base64: string): Buffer => Buffer.from(base64, 'base64');
/** What scripts/fixtures/npz.py gave to numpy. */
const arrays: Readonly<Record<string, NpyArray>> = {
  adversarial: { shape: [2, 3, 2], values: Float32Array.from({ length: 12 }, (_, i) => i / 7) },
  epsilon: { shape: [], values: Float64Array.of(8 / 255) },
  ids: { shape: [3], values: Int32Array.of(3, -1, 70000) },
  labels: { shape: [3], values: Float64Array.of(1, 2, 2 ** 40) },
  bytes: { shape: [2], values: Uint8Array.of(0, 255) },
  success: { shape: [1, 2], values: [true, false] },
  attacks: { shape: [2], values: ['pgd:steps=40', 'größer'] },
  norm: { shape: [], values: ['linf'] },
  none: { shape: [0, 3], values: new Float32Array(0) },
  halves: { shape: [2], values: Float64Array.of(1.5, -2) },
};

describe('arrays of numpy', () => {
  it.each(['plain', 'compressed'] as const)('are read as numpy wrote them, %s', async (kind) => {
    const path = join(folder, `${kind}.npz`);
    await writeFile(path, bytesOf(fixture[kind]));
    expect(await readNpz(path)).toEqual(arrays);
  });

  it('are written with the very bytes of numpy, but for integers of 64 bits, which are not ours', () => {
    for (const [name, array] of Object.entries(arrays)) {
      if (name === 'labels') continue;
      expect([name, Buffer.concat(encodeNpy(array)).toString('base64')]).toEqual([name, fixture.files[name as keyof typeof fixture.files]]);
    }
  });

  it('come back from a file that we wrote, which is the same every time', async () => {
    const [first, second] = [join(folder, 'first.npz'), join(folder, 'second.npz')];
    await writeNpz(first, arrays);
    expect(await readNpz(first)).toEqual(arrays);
    await writeNpz(second, arrays);
    expect(await readFile(second)).toEqual(await readFile(first));
    expect(await readNpz(join(folder, 'nowhere.npz'))).toBeUndefined();
  });

  it('are refused by name where they are of another kind', () => {
    expect(() => decodeNpy(bytesOf(fixture.columns), 'columns')).toThrow(
      'npy: expected `columns` to be in rows (C order), got "in columns (Fortran order)". Save it with numpy.ascontiguousarray.',
    );
    expect(() => decodeNpy(bytesOf(fixture.complex), 'complex')).toThrow('uint8 to uint64, bool and text, got "<c8".');
    expect(() => decodeNpy(bytesOf(fixture.files.ids).subarray(0, -1), 'ids')).toThrow(
      'npy: expected `ids` to be 12 bytes of numbers, got "11".',
    );
    expect(() => decodeNpy(Buffer.from('PK'), 'ids')).toThrow('npy: expected `ids` to be an array as numpy writes it, got "another file".');
  });
});

describe('archives', () => {
  const entries = [{ name: 'größe.txt', parts: [Buffer.from('one'), Buffer.from(' two')] }];
  const archive = Buffer.concat(encodeZip(entries));

  it('hold what was put into them', () => {
    expect([...decodeZip(archive, 'x')].map(([name, bytes]) => [name, Buffer.from(bytes).toString()])).toEqual([['größe.txt', 'one two']]);
    expect(decodeZip(Buffer.concat(encodeZip([])), 'x').size).toBe(0);
  });

  it('are refused where they are not whole, whichever byte is wrong or missing', () => {
    expect(() => decodeZip(Buffer.alloc(0), 'x')).toThrow(
      'zip: expected `x` to be a zip archive, got an empty file. Write the file again.',
    );
    for (let length = 0; length < archive.length; length++)
      expect(() => decodeZip(archive.subarray(0, length), 'x')).toThrow('zip: expected');
    const at = archive.indexOf('one two');
    for (let i = at; i < at + 7; i++) {
      const damaged = Buffer.from(archive);
      damaged[i]! ^= 1;
      expect(() => decodeZip(damaged, 'x')).toThrow('zip: expected `x` to be a whole zip archive, got größe.txt with a wrong checksum.');
    }
  });
});
