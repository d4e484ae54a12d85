import { describe, expect, it } from 'vitest';
import { bytes, element, header, matrix, named } from '../../../tests/mat5-parts';
import { encodeMat5 } from './encode-mat5';

const digits = { shape: [3, 1], data: Uint8Array.of(1, 10, 2) };

describe('encodeMat5', () => {
  it('writes the bytes worked out by hand', async () => {
    const wanted = bytes(header('MATLAB 5.0 MAT-file, written by Groundstate'), matrix(named('y', [3, 1]), element(2, [1, 10, 2])));
    expect([...(await encodeMat5({ y: digits }, { compressed: false }))]).toEqual([...wanted]);
  });

  it('stores numbers of one class in a smaller type, as MATLAB does', async () => {
    const wanted = bytes(header('MATLAB 5.0 MAT-file, written by Groundstate'), matrix(named('y', [3, 1], 6), element(2, [1, 10, 2])));
    expect([...(await encodeMat5({ y: { ...digits, class: 'double' } }, { compressed: false }))]).toEqual([...wanted]);
  });

  it('writes the same bytes for the same arrays', async () => {
    expect(await encodeMat5({ y: digits })).toEqual(await encodeMat5({ y: digits }));
  });

  it('refuses what the format cannot hold', async () => {
    await expect(encodeMat5({ '1y': digits })).rejects.toThrow('encodeMat5: expected `arrays` to be named by a letter and at most 62');
    await expect(encodeMat5({ y: { shape: [3], data: digits.data } })).rejects.toThrow('expected `y.shape` to be at least two integers');
    await expect(encodeMat5({ y: { shape: [4, 1], data: digits.data } })).rejects.toThrow(
      'expected `y.data` to be 4 values, as `shape` says, got 3.',
    );
    await expect(encodeMat5({ y: { ...digits, data: [1, 2, 3] as never } })).rejects.toThrow(
      'expected `y.data` to be a typed array of numbers',
    );
    await expect(encodeMat5({ y: { ...digits, class: 'char' as never } })).rejects.toThrow(
      'expected `y.class` to be one of double, single',
    );
    await expect(encodeMat5({ y: digits }, { packed: true } as never)).rejects.toThrow('packed');
  });
});
