import { describe, expect, it } from 'vitest';
import { parseNumber } from './numbers';

describe('parseNumber', () => {
  it('reads numbers as people write budgets', () => {
    expect(parseNumber('run', '--epsilon', '0.3')).toBe(0.3);
    expect(parseNumber('run', '--epsilon', '8/255')).toBe(8 / 255);
    expect(parseNumber('run', '--epsilon', ' 1e-3 ')).toBe(0.001);
  });

  it.each(['', ' ', 'x', ' /2', '1/ ', '1 2', '1/0', '1/2/3', '0.3px', 'NaN', 'Infinity'])(
    'refuses %j and says what it would take',
    (text) => {
      expect(() => parseNumber('run', '--epsilon', text)).toThrow(
        /^run: expected `--epsilon` to be a number, such as 0\.3 or '8\/255', got /,
      );
    },
  );
});
