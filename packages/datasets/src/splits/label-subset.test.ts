import '@tensorflow/tfjs-backend-cpu';
import { type Examples, examplesFromArrays, order } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type LabelSubsetOptions, labelProtocols, labelSubset } from './label-subset';
import { noLabel } from './without-labels';

/** The input of an example is its position, so that it can be told what was read. */
const withLabels = (labels: ArrayLike<number>): Examples =>
  examplesFromArrays({ inputs: Float32Array.from({ length: labels.length }, (_, i) => i), labels, shape: [1] });

/** Ids in the order of reading, `size` at a time; every label is the one that `labels` promises. */
async function idsOf(examples: Examples, size = examples.size): Promise<number[]> {
  const seen: number[] = [];
  for (let start = 0; start < examples.size; start += size) {
    const positions = Int32Array.from({ length: Math.min(size, examples.size - start) }, (_, i) => start + i);
    const { ids, inputs, labels } = await examples.read(positions);
    expect([...inputs.dataSync()]).toEqual([...ids]);
    expect([...labels.dataSync()]).toEqual([...positions].map((position) => examples.labels[position]));
    tf.dispose([inputs, labels]);
    seen.push(...ids);
  }
  return seen;
}

const countsOf = (labels: Int32Array): Map<number, number> => {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
};

/** Labels of up to three classes, and a number of labels that they can give. */
const settings = fc
  .record({ labels: fc.array(fc.constantFrom(0, 2, 9), { minLength: 3, maxLength: 60 }), seed: fc.maxSafeInteger(), share: fc.nat() })
  .map(({ labels, seed, share }) => {
    const sizes = [...countsOf(Int32Array.from(labels)).values()];
    const most = sizes.length * Math.min(...sizes);
    return { labels, seed, sizes, most, count: sizes.length + (share % (most - sizes.length + 1)) };
  });

describe('labelSubset', () => {
  it('takes as many of every class, or one more of some, each example once, by rising position', async () => {
    const before = tf.memory().numTensors;
    await fc.assert(
      fc.asyncProperty(settings, async ({ labels, seed, sizes, count }) => {
        const { labelled } = labelSubset(withLabels(labels), { labels: count, seed });
        const counts = [...countsOf(labelled.labels).values()].sort((a, b) => a - b);
        const each = Math.floor(count / sizes.length);
        const more = count % sizes.length;
        expect(counts).toEqual([...new Array(sizes.length - more).fill(each), ...new Array(more).fill(each + 1)]);
        const ids = await idsOf(labelled);
        expect(ids.every((id, i) => i === 0 || id > ids[i - 1]!)).toBe(true);
        expect([...labelled.labels]).toEqual(ids.map((id) => labels[id]));
      }),
      { seed: 1 },
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('nests: a larger subset of the same seed has the same examples and others, balanced or not', async () => {
    const law = fc.asyncProperty(settings, fc.boolean(), async ({ labels, seed, count, sizes }, balanced) => {
      const smaller = Math.max(sizes.length, Math.floor(count / 2));
      const [small, large] = await Promise.all(
        [smaller, count].map((size) => idsOf(labelSubset(withLabels(labels), { labels: size, seed, balanced }).labelled)),
      );
      expect([small!.length, large!.length]).toEqual([smaller, count]);
      expect(small!.filter((id) => !large!.includes(id))).toEqual([]);
    });
    await fc.assert(law, { seed: 2 });
  });

  it('hides every label of the unlabelled examples, which are all of them or all others', async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.boolean(), async ({ labels, seed, count }, disjoint) => {
        fc.pre(!disjoint || count < labels.length);
        const all = labels.map((_, i) => i);
        const { labelled, unlabelled } = labelSubset(withLabels(labels), { labels: count, seed, disjoint });
        const kept = await idsOf(labelled);
        expect(await idsOf(unlabelled)).toEqual(disjoint ? all.filter((id) => !kept.includes(id)) : all);
        expect(new Set(unlabelled.labels)).toEqual(new Set([noLabel]));
      }),
      { seed: 3 },
    );
  });

  it('gives the same whatever is read at once and whatever the inputs are, and something else for another seed', async () => {
    const labels = Array.from({ length: 200 }, (_, i) => i % 10);
    const { labelled } = labelSubset(withLabels(labels), { labels: 50, seed: 7 });
    const ids = await idsOf(labelled);
    for (const size of [1, 7, 50]) expect(await idsOf(labelled, size)).toEqual(ids);
    const others = examplesFromArrays({ inputs: new Float32Array(400), labels, shape: [2] });
    const again = await labelSubset(others, { labels: 50, seed: 7 }).labelled.read(Int32Array.from({ length: 50 }, (_, i) => i));
    tf.dispose([again.inputs, again.labels]);
    expect([...again.ids]).toEqual(ids);
    expect(await idsOf(labelSubset(withLabels(labels), { labels: 50, seed: 8 }).labelled)).not.toEqual(ids);
    expect(await idsOf(labelSubset(withLabels(labels), { labels: 50 }).labelled)).toEqual(
      await idsOf(labelSubset(withLabels(labels), { labels: 50, seed: 1 }).labelled),
    );
  });

  it('gives each example a label equally often, and the odd labels to each class', async () => {
    const times = new Array<number>(12).fill(0);
    const odd = new Array<number>(4).fill(0);
    for (let seed = 0; seed < 1200; seed++) {
      // Nine of twelve examples of four classes: one class has all its three.
      const { labelled } = labelSubset(withLabels(Array.from({ length: 12 }, (_, i) => i % 4)), { labels: 9, seed });
      for (const [label, count] of countsOf(labelled.labels)) if (count === 3) odd[label]!++;
      for (const id of await idsOf(labelSubset(withLabels(new Array(12).fill(0)), { labels: 5, seed }).labelled)) times[id]!++;
    }
    // 300 expected, with a standard deviation of sqrt(1200 x 1/4 x 3/4), 15; and 500, sqrt(1200 x 5/12 x 7/12), 17.
    for (const count of odd) expect(Math.abs(count - 300)).toBeLessThan(4 * 15);
    for (const count of times) expect(Math.abs(count - 500)).toBeLessThan(4 * 17);
  });

  it('takes any examples, as chance has it, where they need not be balanced', () => {
    const labels = Array.from({ length: 1000 }, (_, i) => (i < 100 ? 1 : 0));
    const { labelled } = labelSubset(withLabels(labels), { labels: 500, balanced: false });
    // Half of a hundred, with a standard deviation below 5; and not exactly as many of both.
    expect(Math.abs(countsOf(labelled.labels).get(1)! - 50)).toBeLessThan(20);
  });

  it('does not choose the examples that training would visit first', async () => {
    const ids = await idsOf(labelSubset(withLabels(new Array(60).fill(0)), { labels: 20, seed: 3 }).labelled);
    for (const stream of [0, 1]) {
      const first = [...order(60, { seed: 3, epoch: 0, stream }).slice(0, 20)].sort((a, b) => a - b);
      expect(ids).not.toEqual(first);
    }
  });

  it('follows the protocols of VAT on sets of their sizes: as many of each of the ten classes', () => {
    expect(labelProtocols).toEqual({ mnist: [100, 1000], 'cifar-10': [4000], svhn: [1000] });
    for (const count of Object.values(labelProtocols).flat()) {
      const { labelled } = labelSubset(withLabels(Array.from({ length: 5000 }, (_, i) => i % 10)), { labels: count });
      expect([...countsOf(labelled.labels).values()]).toEqual(new Array(10).fill(count / 10));
    }
  });

  it('says what is wrong with its arguments', () => {
    const mixed = withLabels([...new Array(20).fill(3), ...new Array(40).fill(5)]);
    const attempt = (options: Partial<LabelSubsetOptions>) => () => labelSubset(mixed, { labels: 10, ...options });
    expect(attempt({ labels: 0 })).toThrow('labelSubset: expected `labels` to be an integer of at least 1 and of at most 60, got 0.');
    expect(attempt({ labels: 60, balanced: false })).not.toThrow();
    expect(attempt({ labels: 60, balanced: false, disjoint: true })).toThrow('of at most 59, got 60.');
    expect(attempt({ labels: 1 })).toThrow(
      'labelSubset: expected `labels` to be 2 at least, one for each class, got 1. Ask for another number, or take `balanced: false`.',
    );
    expect(attempt({ labels: 50 })).toThrow(
      'labelSubset: expected `labels` to be no more than the classes can give (class 3: 25 of 20), got 50. Ask for another number, or take',
    );
    expect(attempt({ seed: 0.5 })).toThrow('labelSubset: expected `seed` to be an integer, got 0.5.');
    expect(attempt({ disjoint: 1 as never })).toThrow('labelSubset: expected `disjoint` to be true or false, got 1.');
    expect(attempt({ perClass: 10 } as never)).toThrow(
      "expected `option` to be one of 'labels', 'seed', 'balanced', 'disjoint', got \"perClass\".",
    );
    expect(() => labelSubset(labelSubset(mixed, { labels: 10 }).unlabelled, { labels: 10 })).toThrow(
      'labelSubset: expected `examples` to be examples with labels, got "none at position 0". Take the set that they come from.',
    );
  });
});
