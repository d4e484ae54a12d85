import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leavesNoTensors } from '../../tests/tensors';
import type { Examples } from '../contract/data';
import { examplesFromArrays } from './examples-from-arrays';
import { type LabelSubsetOptions, labelSubset } from './label-subset';
import { order } from './order';

/** The input of an example is its position, so that it can be told what was read. */
const withLabels = (labels: ArrayLike<number>): Examples =>
  examplesFromArrays({ inputs: Float32Array.from({ length: labels.length }, (_, i) => i), labels, shape: [1] });
const mixed = withLabels(Array.from({ length: 60 }, (_, i) => [7, 0, 3][(i * i) % 3]!));

const idsOf = async (examples: Examples): Promise<number[]> => {
  const { ids, inputs, labels } = await examples.read(Int32Array.from({ length: examples.size }, (_, i) => i));
  expect(Array.from(inputs.dataSync())).toEqual(Array.from(ids));
  expect(Array.from(labels.dataSync())).toEqual(Array.from(examples.labels));
  tf.dispose([inputs, labels]);
  return Array.from(ids);
};

describe('labelSubset', () => {
  leavesNoTensors();

  it('takes as many of every class, gives the same again for the same seed, and others for another', async () => {
    const all = Array.from({ length: 60 }, (_, i) => i);
    const { labelled, unlabelled } = labelSubset(withLabels(all.map((i) => i % 4)), { perClass: 5, seed: 3 });
    expect([0, 1, 2, 3].map((label) => labelled.labels.filter((other) => other === label).length)).toEqual([5, 5, 5, 5]);
    const ids = await idsOf(labelled);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
    expect(await idsOf(unlabelled)).toEqual(all);
    const again = async (seed: number): Promise<number[]> =>
      idsOf(labelSubset(withLabels(all.map((i) => i % 4)), { count: 20, seed }).labelled);
    expect(await again(3)).toEqual(ids);
    expect(await again(4)).not.toEqual(ids);
    // Not simply the examples that training would visit first.
    const first = Array.from(order(60, { seed: 3, epoch: 0 }).slice(0, 20)).sort((a, b) => a - b);
    expect(ids).not.toEqual(first);
  });

  it('whatever the labels: balanced, and the rest is everything else', () => {
    const labels = fc.array(fc.constantFrom(0, 2, 9), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(labels, fc.integer(), fc.nat(), (given, seed, share) => {
        const examples = withLabels(given);
        const counts = [0, 2, 9].map((label) => given.filter((other) => other === label).length).filter((count) => count > 0);
        const perClass = 1 + (share % Math.min(...counts));
        const { labelled, unlabelled } = labelSubset(examples, { perClass, seed, unlabelled: 'rest' });
        expect([labelled.size, unlabelled.size]).toEqual([perClass * counts.length, given.length - perClass * counts.length]);
        for (const label of new Set(given)) expect(labelled.labels.filter((other) => other === label).length).toBe(perClass);
        expect([...labelled.labels, ...unlabelled.labels].sort()).toEqual([...given].sort());
      }),
      { seed: 1 },
    );
  });

  it('says what is wrong with its arguments', () => {
    const attempt = (options: Partial<LabelSubsetOptions>) => () => labelSubset(mixed, { seed: 0, ...options });
    expect(attempt({})).toThrow('labelSubset: expected `perClass` to be given, or `count`, one of the two, got "neither".');
    expect(attempt({ perClass: 1, count: 2 })).toThrow('got "both"');
    expect(attempt({ count: 3 })).toThrow('labelSubset: expected `count` to be a multiple of the 2 classes, got 3.');
    expect(attempt({ perClass: 21 })).toThrow(
      'labelSubset: expected `examples` to be at least 21 of every class, got "20 of class 7". Ask for fewer labels.',
    );
    expect(attempt({ perClass: 1, share: 2 } as Partial<LabelSubsetOptions>)).toThrow("expected `option` to be one of 'perClass'");
  });
});
