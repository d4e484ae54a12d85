import { describe, expect, it } from 'vitest';
import { philox } from './philox';

/** The known answers of philox4x32-10 that are published with Random123. */
type Four = readonly [number, number, number, number];
const vectors: readonly { readonly counter: Four; readonly key: readonly [number, number]; readonly words: Four }[] = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
];

describe('philox', () => {
  it.each(vectors)('gives the published words for the counter $counter', ({ counter, key, words }) => {
    const out = new Uint32Array(4);
    philox(...key, ...counter, out);
    expect([...out]).toEqual(words);
  });

  it('writes where it is told and nowhere else', () => {
    const { counter, key, words } = vectors[2]!;
    const out = new Uint32Array(7).fill(5);
    philox(...key, ...counter, out, 2);
    expect([...out]).toEqual([5, 5, ...words, 5]);
  });

  it('reads negative numbers as the unsigned ones of the same bits', () => {
    const out = new Uint32Array(4);
    philox(-1, -1, -1, -1, -1, -1, out);
    expect([...out]).toEqual(vectors[1]!.words);
  });
});
