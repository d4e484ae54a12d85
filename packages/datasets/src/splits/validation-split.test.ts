import '@tensorflow/tfjs-backend-cpu';
import { type Examples, examplesFromArrays } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelSubset } from './label-subset';
import { type ValidationSplitOptions, validationSplit } from './validation-split';

const withLabels = (labels: ArrayLike<number>): Examples =>
  examplesFromArrays({ inputs: new Float32Array(labels.length), labels, shape: [1] });

async function idsOf(examples: Examples): Promise<number[]> {
  const { ids, inputs, labels } = await examples.read(Int32Array.from({ length: examples.size }, (_, i) => i));
  expect([...labels.dataSync()]).toEqual([...examples.labels]);
  tf.dispose([inputs, labels]);
  return [...ids];
}

describe('validationSplit', () => {
  it('puts every example into one of the two, by rising position and with its label, as many of every class set aside', async () => {
    const before = tf.memory().numTensors;
    const setting = fc.record({
      perClass: fc.integer({ min: 2, max: 12 }),
      share: fc.nat(),
      seed: fc.maxSafeInteger(),
      balanced: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(setting, async ({ perClass, share, seed, balanced }) => {
        const labels = Array.from({ length: 3 * perClass }, (_, i) => i % 3);
        const count = 3 + (share % (labels.length - 3));
        const { train, validation } = validationSplit(withLabels(labels), { validation: count, seed, balanced });
        const [kept, aside] = [await idsOf(train), await idsOf(validation)];
        for (const ids of [kept, aside]) expect(ids).toEqual([...ids].sort((a, b) => a - b));
        expect([...kept, ...aside].sort((a, b) => a - b)).toEqual(labels.map((_, i) => i));
        expect([...validation.labels]).toEqual(aside.map((id) => labels[id]));
        expect(aside.length).toBe(count);
        const counts = [0, 1, 2].map((label) => validation.labels.filter((other) => other === label).length);
        if (balanced) expect(Math.max(...counts) - Math.min(...counts)).toBe(count % 3 === 0 ? 0 : 1);
      }),
      { seed: 1 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('sets aside the same and others when more are asked for, and others for another seed', async () => {
    const examples = withLabels(Array.from({ length: 300 }, (_, i) => i % 10));
    const aside = (validation: number, seed?: number): Promise<number[]> =>
      idsOf(validationSplit(examples, { validation, ...(seed === undefined ? {} : { seed }) }).validation);
    const [few, many] = [await aside(30, 5), await aside(105, 5)];
    expect(few.filter((id) => !many.includes(id))).toEqual([]);
    expect(await aside(30, 6)).not.toEqual(few);
    expect(await aside(30)).toEqual(await aside(30, 1));
  });

  it('is another choice than that of labels, so that the two are as independent as chance has it', async () => {
    const examples = withLabels(Array.from({ length: 1000 }, (_, i) => i % 10));
    const aside = await idsOf(validationSplit(examples, { validation: 500, seed: 1 }).validation);
    const labelled = await idsOf(labelSubset(examples, { labels: 500, seed: 1 }).labelled);
    // Half of 500 in both, with a standard deviation of sqrt(1000)/4, 8.
    expect(Math.abs(labelled.filter((id) => aside.includes(id)).length - 250)).toBeLessThan(4 * 8);
  });

  it('says what is wrong with its arguments', () => {
    const mixed = withLabels([...new Array(20).fill(3), ...new Array(40).fill(5)]);
    const attempt = (options: Partial<ValidationSplitOptions>) => () => validationSplit(mixed, { validation: 10, ...options });
    expect(attempt({ validation: 60 })).toThrow(
      'validationSplit: expected `validation` to be an integer of at least 1 and of at most 59, got 60.',
    );
    expect(attempt({ validation: 42 })).toThrow(
      'validationSplit: expected `validation` to be no more than the classes can give (class 3: 21 of 20), got 42.',
    );
    expect(attempt({ balanced: 'yes' as never })).toThrow('validationSplit: expected `balanced` to be true or false, got "yes".');
    expect(attempt({ share: 0.1 } as never)).toThrow("expected `option` to be one of 'validation', 'seed', 'balanced', got \"share\".");
  });
});
