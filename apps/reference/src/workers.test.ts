import { describe, expect, it } from 'vitest';
import { handsOf, isMine } from './workers';

describe('hands', () => {
  it('are this process alone, unless said otherwise', () => {
    expect(handsOf('tune', {})).toEqual({ jobs: 1, share: undefined });
    expect(handsOf('tune', { jobs: '3' })).toEqual({ jobs: 3, share: undefined });
    expect(handsOf('tune', { worker: '2/3' })).toEqual({ jobs: 1, share: { index: 1, of: 3 } });
  });

  it.each(['0', '1.5', 'two', ''])('cannot be %j', (jobs) => {
    expect(() => handsOf('tune', { jobs })).toThrow('tune: expected `--jobs` to be ');
  });

  it.each(['0/2', '3/2', '1', '1/2/3', ''])('have no share %j', (worker) => {
    expect(() => handsOf('tune', { worker })).toThrow('expected `--worker` to be a share such as 1/2, got ');
  });

  it('of three processes share every unit among them, each once', () => {
    const shares = [1, 2, 3].map((one) => handsOf('rank', { worker: `${one}/3` }).share);
    for (let unit = 0; unit < 10; unit++) expect(shares.filter((share) => isMine(share, unit)).length).toBe(1);
    expect(isMine(undefined, 7)).toBe(true);
  });
});
