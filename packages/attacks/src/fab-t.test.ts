import { l2, perturb, type Sequence, settle } from '@groundstate/core';
import { describeAttack } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { fabT } from './fab-t';

// The logits are the inputs: the boundary to class k is where its coordinate meets the label's, at half their difference each.
const identity = {
  name: 'identity',
  bounds: [0, 1] as const,
  classes: 4,
  inputShape: [4],
  logits: (inputs: tf.Tensor): Tensor2D => tf.clone(inputs) as Tensor2D,
};
const request = (epsilon: number) => ({
  model: identity,
  inputs: tf.tensor2d([[0.8, 0.3, 0.2, 0.1]]),
  goal: { kind: 'misclassify', labels: tf.zeros([1], 'int32') as Tensor1D } as const,
  threat: { norm: l2(), epsilon },
  seed: 0,
});

describeAttack(() => fabT({ steps: 8 }), { passesPerStep: 2 });

describe('fab-t', () => {
  it('keeps the nearest of all targets: the runner-up, at the length of (0.5, 0.5) / 2', async () => {
    const { distance, by } = await perturb(fabT(), request(Number.POSITIVE_INFINITY));
    expect(valuesOf(distance)[0]! / Math.hypot(0.25, 0.25)).toBeGreaterThan(1 - 1e-5);
    expect(valuesOf(distance)[0]! / Math.hypot(0.25, 0.25)).toBeLessThan(1.006);
    expect([...by]).toEqual([0]);
  });

  it("with keep: 'first' spends nothing on targets after one that is within the budget", async () => {
    const [all, first] = [await perturb(fabT({ steps: 10 }), request(1)), await perturb(fabT({ steps: 10, keep: 'first' }), request(1))];
    expect(all.backwards[0]).toBe(30);
    expect(first.backwards[0]).toBe(10);
    // Too small a budget for any of them: all three are tried.
    const none = await perturb(fabT({ steps: 10, keep: 'first' }), request(0.1));
    expect([none.backwards[0], ...valuesOf(none.success)]).toEqual([30, 0]);
  });

  it('goes for nine classes, or all where there are fewer', () => {
    const count = (classes: number): number => (settle(fabT(), request(1).threat, { classes }) as Sequence).members.length;
    expect([count(100), count(10), count(4), count(2)]).toEqual([9, 9, 3, 1]);
  });

  it('says what is wrong with its options', () => {
    expect(() => fabT({ keep: 'worst' as 'first' })).toThrow("fab-t: expected `keep` to be one of 'nearest', 'first', got \"worst\".");
    expect(() => fabT({ targets: 1.5 })).toThrow('fab-t: expected `targets` to be an integer of at least 1, got 1.5.');
  });
});
