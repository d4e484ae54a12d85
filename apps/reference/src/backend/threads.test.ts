import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { threadsOfEach, wantedThreads } from './threads';

describe('wantedThreads', () => {
  it('is what the variable says, and as many as there are where it says nothing', () => {
    expect(wantedThreads({})).toBe('auto');
    expect(wantedThreads({ GROUNDSTATE_THREADS: '' })).toBe('auto');
    expect(wantedThreads({ GROUNDSTATE_THREADS: 'auto' })).toBe('auto');
    expect(wantedThreads({ GROUNDSTATE_THREADS: '3' })).toBe(3);
  });

  it.each(['0', '65', '1.5', 'two', '-1'])('refuses %s by name', (value) => {
    expect(() => wantedThreads({ GROUNDSTATE_THREADS: value })).toThrow(/^backend: expected `GROUNDSTATE_THREADS` to be /);
  });
});

describe('threadsOfEach', () => {
  it('shares the processors out among processes, one at least', () => {
    expect(threadsOfEach(1, {})).toEqual({ GROUNDSTATE_THREADS: String(availableParallelism()) });
    expect(threadsOfEach(1000, {})).toEqual({ GROUNDSTATE_THREADS: '1' });
  });

  it('leaves alone what was set', () => {
    expect(threadsOfEach(2, { GROUNDSTATE_THREADS: '2' })).toEqual({});
  });
});
