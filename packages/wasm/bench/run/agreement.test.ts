import { describe, expect, it } from 'vitest';
import { figuresOf, numbers } from '../cases/numbers';
import { disagreements, TOLERANCE } from './agreement';

const right = numbers(1000, 1);
const scaled = (factor: number) => figuresOf(right.map((value) => factor * value));

describe('disagreements', () => {
  it('are none between answers that differ by roundings', () => {
    expect(disagreements('case', { a: scaled(1), b: scaled(1 + TOLERANCE / 2) })).toEqual([]);
  });

  it('name the odd one out, also where it comes first', () => {
    const lines = disagreements('case', { wrong: scaled(1.01), b: scaled(1), c: scaled(1) });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^case: wrong is 9\.9e-3 from |^case: wrong is 1\.0e-2 from /);
  });

  it('are found between answers that are large enough to be wrong in one place only', () => {
    const moved = Float32Array.from(right);
    [moved[3], moved[4]] = [moved[4]! + 1, moved[3]!];
    expect(disagreements('case', { a: figuresOf(moved), b: figuresOf(right) })).toHaveLength(1);
  });

  it('name answers that are not finite, even where all are, and after JSON has made null of them', () => {
    const broken = figuresOf([Number.NaN, 1]);
    expect(disagreements('case', { a: broken, b: broken })).toEqual(
      ['a', 'b'].map((id) => `case: ${id} gives numbers that are not finite.`),
    );
    expect(disagreements('case', { a: JSON.parse(JSON.stringify(broken)) })).toHaveLength(1);
  });
});
