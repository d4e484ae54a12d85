import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { threadsOfEach, wantedThreads } from './threads';

describe('wantedThreads', () => {
  it('is what the variable says, and as many as there are where it says nothing', () => {
    expect(wantedThreads({})).toBe('auto');
    expect(wantedThreads({ GROUNDSTATE_THREADS: '' })).toBe('auto');
    expect(wantedThreads({ GROUNDSTATE_THREADS: 'auto' })).toBe('auto');
    expect(wantedThreads({ GROUNDSTATE_THREADS: '1' })).toBe(1);
    expect(wantedThreads({ GROUNDSTATE_THREADS: '64' })).toBe(64);
  });

  it.each(['0', '65', '1.5', 'two', '-1', '1e1', ' 2', '4/2'])('refuses %s by name', (value) => {
    expect(() => wantedThreads({ GROUNDSTATE_THREADS: value })).toThrow(
      `backend: expected \`GROUNDSTATE_THREADS\` to be 'auto' or an integer from 1 to 64, got "${value}".`,
    );
  });
});

describe('threadsOfEach', () => {
  it('shares the processors out among processes, one at least', () => {
    expect(threadsOfEach(2, {}, 7)).toEqual({ GROUNDSTATE_THREADS: '3' });
    expect(threadsOfEach(2, { GROUNDSTATE_THREADS: 'auto' }, 7)).toEqual({ GROUNDSTATE_THREADS: '3' });
    expect(threadsOfEach(1000, {}, 7)).toEqual({ GROUNDSTATE_THREADS: '1' });
  });

  it('takes the processors that this process may use', () => {
    expect(threadsOfEach(1, {})).toEqual({ GROUNDSTATE_THREADS: String(Math.min(8, availableParallelism())) });
  });

  it('gives no more than auto would take, and never what would be refused', () => {
    expect(threadsOfEach(2, {}, 192)).toEqual({ GROUNDSTATE_THREADS: '8' });
  });

  it('leaves alone what was set', () => {
    expect(threadsOfEach(2, { GROUNDSTATE_THREADS: '2' })).toEqual({});
  });
});
