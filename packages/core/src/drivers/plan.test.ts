import { linearModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { AttackSetting } from '../contract/attack';
import { l2 } from '../norms/l2';
import { linf } from '../norms/linf';
import { ascent } from './ascent';
import { defineAttack } from './define-attack';
import { perturb } from './perturb';
import { plan } from './plan';
import { sequence } from './sequence';
import { settle } from './settle';

const card = {
  name: 'planned',
  norms: ['linf', 'l2'],
  budget: 'fixed',
  access: 'gradients',
  goals: ['misclassify'],
  paper: 'none',
} as const;
const ascending = (norms: readonly string[] = ['linf', 'l2']) =>
  defineAttack({ card: { ...card, name: 'ascending', norms }, ...ascent({ steps: 3 }) });

describe('plan', () => {
  it('is told the norm, the budget and the number of classes, and runs what it makes', async () => {
    const told: AttackSetting[] = [];
    const planned = plan({
      card,
      plan: (setting) => {
        told.push(setting);
        return sequence({ name: 'two', members: [ascending(), ascending()], keep: 'first' });
      },
    });
    const inputs = tf.fill([2, 4], 0.5);
    const labels = tf.ones([2], 'int32') as Tensor1D;
    const model = linearModel([1, 1, 1, 1], -1.9);
    const { success, ...rest } = await perturb(planned, {
      model,
      inputs,
      goal: { kind: 'misclassify', labels },
      threat: { norm: linf(), epsilon: 0.2 },
      seed: 0,
    });
    expect([...(await success.data())]).toEqual([1, 1]);
    expect(told).toEqual([{ norm: 'linf', epsilon: 0.2, classes: 2 }]);
    tf.dispose([inputs, labels, success, rest.adversarial, rest.distance, rest.logits]);
  });

  it('says so when what it made is not for the norm it was made for', () => {
    const planned = plan({ card, plan: () => ascending(['linf']) });
    expect(() => settle(planned, { norm: l2(), epsilon: 1 }, { classes: 3 })).toThrow(
      'planned: expected `plan` to be an attack under l2, got "ascending (linf)".',
    );
  });

  it('checks its card as every attack does', () => {
    expect(() => plan({ card: { ...card, name: 'Planned' }, plan: () => ascending() })).toThrow(
      'plan: expected `card.name` to be in kebab-case',
    );
  });
});
