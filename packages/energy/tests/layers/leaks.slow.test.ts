import { describe, expect, it } from 'vitest';
import { backend } from './backend';
import { leftAfter } from './small';

describe(`training with the callback on ${backend}`, () => {
  it('leaves no tensors over 1,000 steps', { timeout: 600_000 }, async () => {
    expect(await leftAfter(1000)).toBe(0);
  });
});
