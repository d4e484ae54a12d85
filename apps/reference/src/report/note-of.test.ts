import { describe, expect, it } from 'vitest';
import { noteOf } from './note-of';

const share = { accuracy: 0.5, low: 0.4, high: 0.6, n: 200 };

describe('the small print of a share', () => {
  it('says of how many images it is, and what one of them took on average', () => {
    expect(noteOf([share])).toBe('n 200');
    // 4 200 / 200 and 1 500 / 200.
    expect(noteOf([{ ...share, passes: { forwards: 4200, backwards: 1500 } }])).toBe('n 200 · 21 + 7.5');
  });

  it('takes the mean over the seeds, and says how many they are', () => {
    const seeds = [
      { ...share, passes: { forwards: 4200, backwards: 1500 } },
      { ...share, passes: { forwards: 3800, backwards: 500 } },
    ];
    // 8 000 / 400 and 2 000 / 400.
    expect(noteOf(seeds)).toBe('n 2 × 200 · 20 + 5');
    // What is not known of one seed has no mean.
    expect(noteOf([seeds[0]!, share])).toBe('n 2 × 200');
  });

  it('divides by no image where there is none', () => {
    expect(noteOf([{ ...share, n: 0, passes: { forwards: 0, backwards: 0 } }])).toBe('n 0');
    expect(noteOf([])).toBe('');
  });
});
