import { describe, expect, it } from 'vitest';
import { traitsOf } from './traits';

describe('traitsOf', () => {
  it('takes one number after another, two where the middle is to be more frequent', () => {
    const traits = traitsOf(Float32Array.of(0.25, 0.5, 0.75, 0.25, 0.5, 0.875));
    expect(traits.between(10, 20)).toBe(12.5);
    // (0.5 - 0.5) + (0.75 - 0.5) = 0.25 of the reach.
    expect(traits.around(1, 8)).toBe(3);
    expect([traits.chance(0.3), traits.chance(0.3)]).toEqual([true, false]);
    expect(traits.choice(8)).toBe(7);
  });

  it('never goes on with a number that is not there', () => {
    const traits = traitsOf(Float32Array.of(0.5));
    traits.between(0, 1);
    expect(() => traits.between(0, 1)).toThrow('a picture takes more than the 1 random numbers that it has');
  });
});
