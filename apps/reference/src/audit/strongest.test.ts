import { apgdCe } from '@groundstate/attacks';
import { ascend, createNoise, crossEntropy, defineAttack, linf, type StepAttack } from '@groundstate/core';
import { describeAttack, leakedTensors, waveModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { strongest } from './strongest';

describeAttack(() => strongest(apgdCe({ steps: 12 })), { passesPerStep: 1.2 });

/** Walks to the right by a tenth, and looks at where it stands with or without its gradient. */
const walk = (look: 'ascent' | 'logits'): StepAttack =>
  defineAttack({
    card: { name: 'walk', norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: '' },
    steps: 8,
    init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
    step: ({ rows }, { oracle }) => {
      const next = tf.add(rows.adversarial, 0.1);
      if (look === 'ascent') oracle.ascent(next, crossEntropy());
      else oracle.logits(next);
      return { rows: { adversarial: next } };
    },
  });

describe('strongest', () => {
  // The lead cos(2 pi x) is least at 0.5, half way; from 0.5 the start is the best there is.
  const model = waveModel(1, 1, 0);
  const walked = async (attack: StepAttack): Promise<number[]> => {
    const inputs = tf.tensor2d([[0], [0.1], [0.5]]);
    const labels = tf.ones([3], 'int32') as Tensor1D;
    const noise = createNoise(0, Int32Array.from([0, 1, 2]));
    const goal = { kind: 'misclassify', labels } as const;
    const end = ascend(attack, { model, inputs, goal, threat: { norm: linf(), epsilon: 1 }, noise });
    const values = Array.from(await end.data());
    tf.dispose([inputs, labels, end]);
    return values;
  };

  it.each(['ascent', 'logits'] as const)('stays at the best point that the attack has passed, seen by %s', async (look) => {
    expect(await walked(walk(look))).toEqual([0.8, 0.9, 1.3].map((end) => expect.closeTo(end, 5)));
    expect(await walked(strongest(walk(look)))).toEqual([0.5, 0.5, 0.5].map((best) => expect.closeTo(best, 5)));
  });

  it('leaves no tensors', async () => {
    expect(await leakedTensors(async () => void (await walked(strongest(walk('ascent')))))).toBe(0);
  });
});
