import { l1, l2, linf, perturb, type Sequence, settle } from '@groundstate/core';
import { describeAttack } from '@groundstate/testing';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { apgdT } from './apgd-t';

// The logits are the inputs: what has to happen to be fooled can be read off the coordinates.
const identity = (classes: number) => ({
  name: 'identity',
  bounds: [0, 1] as const,
  classes,
  inputShape: [classes],
  logits: (inputs: tf.Tensor): Tensor2D => tf.clone(inputs) as Tensor2D,
});
const labels = tf.zeros([1], 'int32') as Tensor1D;
const membersOf = (norm: ReturnType<typeof linf>, classes: number, targets?: number): readonly string[] =>
  (settle(apgdT(targets === undefined ? {} : { targets }), { norm, epsilon: 1 }, { classes }) as Sequence).members.map(
    ({ card }) => card.name,
  );

describeAttack(() => apgdT({ steps: 12 }), { passesPerStep: 1.2 });

describe('apgd-t', () => {
  it('goes for the nine likeliest wrong classes, five under l1, and for all where there are fewer', () => {
    expect(membersOf(linf(), 1000)).toHaveLength(9);
    expect(membersOf(l2(), 10)).toEqual(Array.from({ length: 9 }, (_, i) => `apgd-t-${i + 1}`));
    expect(membersOf(l1(), 1000)).toHaveLength(5);
    expect(membersOf(linf(), 4)).toHaveLength(3);
    expect(membersOf(linf(), 2)).toHaveLength(1);
    expect(membersOf(linf(), 1000, 12)).toHaveLength(12);
  });

  it('spends one run on the runner-up where that is enough, and three where only the third can be reached', async () => {
    // A budget of 0.1 closes a lead of 0.2. The runner-up and the next are held down by a wall at 0.55; the third is not.
    const walls = tf.tensor2d([[1, 0.4, 0.4, 1, 1]]);
    const model = { ...identity(5), logits: (x: tf.Tensor): Tensor2D => tf.sub(x, tf.mul(100, tf.relu(tf.sub(x, walls)))) as Tensor2D };
    const request = (inputs: number[]) => ({
      model,
      inputs: tf.tensor2d([inputs]),
      goal: { kind: 'misclassify', labels } as const,
      threat: { norm: linf(), epsilon: 0.1 },
      seed: 0,
    });
    const hard = await perturb(apgdT({ steps: 20 }), request([0.55, 0.4, 0.4, 0.36, 0]));
    expect([...(await hard.success.data())]).toEqual([1]);
    expect([...hard.by]).toEqual([2]);
    expect(hard.backwards[0]).toBeGreaterThan(2 * 20);
    const easy = await perturb(apgdT({ steps: 20 }), request([0.55, 0.36, 0, 0.45, 0]));
    expect([...easy.by]).toEqual([0]);
    expect(easy.backwards[0]).toBeLessThan(20);
  });

  it('works with two and three classes, where the ratio of its name is not defined', async () => {
    for (const classes of [2, 3]) {
      const request = {
        model: identity(classes),
        goal: { kind: 'misclassify', labels } as const,
        threat: { norm: l2(), epsilon: 0.2 },
        seed: 0,
      };
      const inputs = tf.tensor2d([[0.6, 0.4, 0.3].slice(0, classes)]);
      const { success } = await perturb(apgdT({ steps: 20 }), { ...request, inputs });
      expect([...(await success.data())]).toEqual([1]);
    }
  });

  it('says what is wrong with its options', () => {
    expect(() => apgdT({ targets: 0 })).toThrow('apgd-t: expected `targets` to be an integer of at least 1, got 0.');
    expect(() => apgdT({ target: 3 } as object)).toThrow(
      "apgd-t: expected `option` to be one of 'steps', 'rho', 'shrinkingRadius', 'targets'",
    );
  });
});
