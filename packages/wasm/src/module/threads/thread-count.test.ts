import { availableParallelism } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TrainingKernelError } from '../../errors';
import { countThreads } from './thread-count';

afterEach(() => void vi.unstubAllGlobals());

describe('the number of threads', () => {
  it('is the one that was asked for', () => {
    expect([1, 2, 64].map((threads) => countThreads('owner', threads))).toEqual([1, 2, 64]);
  });

  it("is that of the processors for 'auto', up to eight, and one where there is no Node", () => {
    expect(countThreads('owner', 'auto')).toBe(Math.min(8, availableParallelism()));
    vi.stubGlobal('process', undefined);
    expect(countThreads('owner', 'auto')).toBe(1);
  });

  it('is refused when it is no number of threads', () => {
    for (const wrong of [0, -1, 1.5, 65, Number.NaN, '2', null, 'all']) {
      expect(() => countThreads('owner', wrong as number)).toThrow(TrainingKernelError);
    }
    expect(() => countThreads('owner', 0)).toThrow(
      "owner: expected `threads` to be an integer from 1 to 64, or 'auto', got 0. 'auto' takes the processors that there are, up to 8.",
    );
  });
});
