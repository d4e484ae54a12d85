import { describe, expect, it } from 'vitest';
import { optionsOf } from './options';

describe('optionsOf', () => {
  it('measures everything in eight rounds unless told otherwise', () => {
    expect(optionsOf([])).toMatchObject({ quick: false, only: undefined, contenders: undefined, json: undefined, pace: { rounds: 8 } });
    expect(optionsOf(['--quick']).pace.rounds).toBe(3);
    expect(optionsOf(['--quick', '--rounds', '5']).pace.rounds).toBe(5);
  });

  it('takes a selection of cases and contenders', () => {
    expect(optionsOf(['--only', '^GEMM 5', '--contenders', 'stock,ours-1'])).toMatchObject({
      only: /^GEMM 5/,
      contenders: ['stock', 'ours-1'],
    });
  });

  it('refuses what it does not understand, and names it', () => {
    expect(() => optionsOf(['--rounds', '0'])).toThrow('bench: expected `--rounds` to be an integer of at least 1, got 0.');
    expect(() => optionsOf(['--contenders', 'stock,jax'])).toThrow(/expected `--contenders` to be some of .*torch-2, got jax\./);
    expect(() => optionsOf(['--only', '('])).toThrow('expected `--only` to be a regular expression, got (.');
    expect(() => optionsOf(['--loud'])).toThrow('--loud');
  });
});
