import { describe, expect, it } from 'vitest';
import { memorySource, packedIdx } from '../tests/memory-source';
import { fashionMnist } from './fashion-mnist';
import { mnist } from './mnist';

describe('fashionMnist', () => {
  it('says on its card what it is, with other checksums than MNIST under the same file names', () => {
    const { card } = fashionMnist({ source: memorySource({}) });
    const digits = mnist({ source: memorySource({}) }).card;
    expect(card).toMatchObject({ name: 'fashion-mnist', classes: 10, shape: [28, 28, 1], bounds: [0, 1] });
    expect(Object.keys(card.checksums)).toEqual(Object.keys(digits.checksums));
    for (const [name, sum] of Object.entries(card.checksums)) expect(sum).not.toBe(digits.checksums[name]);
  });

  it('refuses files of the right form that are not the originals, and options that it does not know', async () => {
    const source = memorySource({ 'train-images-idx3-ubyte.gz': packedIdx([60000, 28, 28]) });
    await expect(fashionMnist({ source }).load('train')).rejects.toThrow(
      'fashion-mnist: expected `train-images-idx3-ubyte.gz` to be the original file (SHA-256 3aede38d6186',
    );
    expect(() => fashionMnist({ folder: 'x' } as never)).toThrow('fashionMnist: expected `option` to be one of \'source\', got "folder".');
    expect(() => fashionMnist(undefined as never)).toThrow('expected `options` to be an object with a `source`');
  });
});
