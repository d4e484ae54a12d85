import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { checkKeys, checkNumber, checkOneOf, expected, GroundstateError, show } from './errors';

describe('GroundstateError', () => {
  it('says who expected what, what came instead, and what to do', () => {
    const error = expected('pgd', 'steps', 'an integer of at least 1', 0.5, 'Forty will do.');
    expect(error.message).toBe('pgd: expected `steps` to be an integer of at least 1, got 0.5. Forty will do.');
    expect(error).toMatchObject({ name: 'GroundstateError', code: 'invalid-argument' });
    expect(error).toBeInstanceOf(Error);
  });

  it('keeps its cause', () => {
    const cause = new Error('below');
    expect(new GroundstateError('io', 'Reading failed.', { cause }).cause).toBe(cause);
  });

  it('is recognised across copies of this package', async () => {
    vi.resetModules();
    const copy = await import('./errors');
    const foreign = copy.expected('pgd', 'steps', 'whole', 0.5);
    expect(foreign).not.toBeInstanceOf(GroundstateError);
    expect(GroundstateError.is(foreign)).toBe(true);
    expect(copy.GroundstateError.is(expected('pgd', 'steps', 'whole', 0.5))).toBe(true);
    for (const other of [new Error('x'), { code: 'io' }, null, undefined, 'x']) expect(GroundstateError.is(other)).toBe(false);
  });

  it('hides its marker from those who list its keys', () => {
    expect(Object.keys(new GroundstateError('io', 'x'))).toEqual(['name', 'code']);
    expect(Object.getOwnPropertySymbols(JSON.parse(JSON.stringify(new GroundstateError('io', 'x'))))).toEqual([]);
  });
});

describe('show', () => {
  it.each([
    ['pgd', '"pgd"'],
    ['x'.repeat(100), `"${'x'.repeat(57)}..."`],
    [Number.NaN, 'NaN'],
    [undefined, 'undefined'],
    [null, 'null'],
    [[1, 'a'], '[1, "a"]'],
    [new Array(9).fill(0), 'an array of 9'],
    [new Float32Array(3), 'a Float32Array of 3'],
    [{ steps: 1, norm: 2 }, 'an object with keys [steps, norm]'],
    [function step() {}, 'the function step'],
    [(() => () => {})(), 'the function (anonymous)'],
  ])('%o is short, on one line', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it('names a tensor by type and shape', () => {
    const tensor = tf.zeros([2, 3], 'int32');
    expect(show(tensor)).toBe('a int32 tensor of shape [2,3]');
    tensor.dispose();
  });
});

describe('checks', () => {
  it('return what fits', () => {
    expect(checkNumber('a', 'b', 3, { integer: true, min: 3, max: 3, above: 2 })).toBe(3);
    expect(checkOneOf('a', 'b', 'x', ['x', 'y'])).toBe('x');
    expect(checkKeys('a', { x: 1 }, ['x'])).toBeUndefined();
  });

  it('name the whole rule that was broken', () => {
    expect(() => checkNumber('a', 'b', 3, { above: 3 })).toThrow('a: expected `b` to be a finite number above 3, got 3.');
    expect(() => checkNumber('a', 'b', '3', { integer: true, min: 1, max: 9 })).toThrow(
      'a: expected `b` to be an integer of at least 1 and of at most 9, got "3".',
    );
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, null, 10n, 1.5]) {
      expect(() => checkNumber('a', 'b', value, { integer: true })).toThrow(/an integer, got/);
    }
    expect(() => checkOneOf('a', 'b', 'z', ['x', 'y'])).toThrow("a: expected `b` to be one of 'x', 'y', got \"z\".");
  });

  it('name a misspelt option', () => {
    expect(() => checkKeys('pgd', { step: 1 }, ['steps', 'loss'])).toThrow(
      "pgd: expected `option` to be one of 'steps', 'loss', got \"step\".",
    );
    expect(() => checkKeys('fgsm', { steps: 1 }, [])).toThrow(
      'fgsm: expected `option` to be left out (there are no options), got "steps".',
    );
  });
});
