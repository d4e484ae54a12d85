import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distribution, short } from './distribution';

it('quantiles lie linearly between the numbers, as of numpy', () => {
  // numpy.quantile([3, 1, 4, 1.5, 9, 2.6], [.05, .25, .5, .75, .95]), numpy 2.4.6.
  const { mean, q5, q25, median, q75, q95 } = distribution([3, 1, 4, 1.5, 9, 2.6]);
  expect(mean).toBeCloseTo(3.516666666666667, 12);
  for (const [value, wanted] of [
    [q5, 1.125],
    [q25, 1.775],
    [median, 2.8],
    [q75, 3.75],
    [q95, 7.75],
  ] as const)
    expect(value).toBeCloseTo(wanted, 12);
});

it('no numbers have no quantiles, one number has itself', () => {
  expect(distribution([])).toEqual({ mean: null, q5: null, q25: null, median: null, q75: null, q95: null });
  expect(distribution([7])).toEqual({ mean: 7, q5: 7, q25: 7, median: 7, q75: 7, q95: 7 });
});

// Without -0, which is as good as 0.
const numbers = fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

it('is the same to the last bit in any order', () => {
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 2, maxLength: 30 }), (values) => {
      expect(distribution([...values].reverse())).toEqual(distribution(values));
    }),
  );
});

it('nine digits bring a float32 back', () => {
  fc.assert(
    fc.property(numbers, (value) => {
      expect(Math.fround(short(value))).toBe(value);
    }),
  );
});
