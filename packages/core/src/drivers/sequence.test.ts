import { linearModel, unfoolableModel } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { card, classes, climb, column, shift } from '../../tests/problems';
import { leavesNoTensors } from '../../tests/tensors';
import type { Attack, Sequence } from '../contract/attack';
import type { Model } from '../contract/model';
import { linf } from '../norms/linf';
import '../substrate/register-gradients';
import { defineAttack } from './define-attack';
import { perturb } from './perturb';
import { restarts, sequence } from './sequence';

/** What is kept for an example at 0.6, which is fooled below 0.5, and by whom. */
async function kept(
  attack: Attack,
  options: { readonly epsilon?: number; readonly model?: Model; readonly seed?: number } = {},
): Promise<unknown[]> {
  const { epsilon = 0.4, model = linearModel([1], -0.5), seed = 1 } = options;
  const [inputs, labels] = [column(0.6), classes(1)];
  const goal = { kind: 'misclassify', labels } as const;
  const { adversarial, success, distance, logits, by, forwards } = await perturb(attack, {
    model,
    inputs,
    goal,
    threat: { norm: linf(), epsilon },
    seed,
  });
  const result = [success.dataSync()[0], Math.round(distance.dataSync()[0]! * 1e4) / 1e4, by[0], forwards[0]];
  tf.dispose([adversarial, success, distance, logits, inputs, labels]);
  return result;
}

const of = (keep: Sequence['keep'], ...members: Attack[]): Sequence => sequence({ name: 'several', members, keep });

describe('sequence', () => {
  leavesNoTensors();

  it('keeps the first that succeeds, and runs none after it', async () => {
    // Forwards: the clean one, one for each member that runs, the judge's.
    expect(await kept(of('first', shift(0.1), shift(-0.15), shift(-0.3)))).toEqual([1, 0.15, 1, 4]);
  });

  it('runs all of them for the nearest and for the worst', async () => {
    const members = [shift(-0.2), shift(-0.15), shift(-0.3), shift(0.1)];
    expect(await kept(of('nearest', ...members))).toEqual([1, 0.15, 1, 6]);
    expect(await kept(of('worst', ...members))).toEqual([1, 0.3, 2, 6]);
  });

  it('fails, by nobody, where all of them fail', async () => {
    for (const keep of ['first', 'nearest', 'worst'] as const) {
      expect(await kept(of(keep, shift(0.1), shift(-0.05)))).toEqual([0, 0, -1, 3]);
    }
  });

  it('nests: by names the member of the outermost', async () => {
    const inner = of('nearest', shift(-0.3), shift(-0.15));
    expect(await kept(of('first', shift(0.1), inner, shift(-0.2)))).toEqual([1, 0.15, 1, 5]);
    expect(await kept(of('worst', shift(-0.2), of('first', shift(0.1), shift(-0.35)), inner))).toEqual([1, 0.35, 1, 7]);
    expect(await kept(of('nearest', inner, of('worst', shift(-0.11), shift(-0.4))))).toEqual([1, 0.15, 0, 6]);
  });

  it('lets no perturbation above epsilon stand in the way of one below it', async () => {
    const far = shift(-0.3, { budget: 'minimum' });
    expect(await kept(of('first', far, shift(-0.15)), { epsilon: 0.2 })).toEqual([1, 0.15, 1, 4]);
    expect(await kept(of('worst', far, shift(-0.15)), { epsilon: 0.2 })).toEqual([1, 0.15, 1, 4]);
    expect(await kept(of('nearest', far, shift(0.1)), { epsilon: 0.2 })).toEqual([0, 0, -1, 3]);
  });

  it('gives every member, and every member of a member, draws of its own', async () => {
    const draws: number[] = [];
    const drawing = defineAttack({
      card,
      steps: 0,
      init: ({ inputs, noise }) => {
        draws.push(noise.uniform([]).dataSync()[0]!);
        return { rows: { adversarial: inputs } };
      },
      step: (state) => state,
    });
    const model = unfoolableModel([1]);
    await kept(of('first', drawing, restarts(drawing, 3), drawing, restarts(restarts(drawing, 2), 2)), { model });
    expect(draws.length).toBe(9);
    expect(new Set(draws).size).toBe(9);
    await kept(restarts(drawing, 2), { model, seed: 2 });
    expect(new Set(draws).size).toBe(11);
  });

  it('is fooled by one of several restarts where a single start does not do', async () => {
    // One step of no length: only the random start, uniform within 0.2 of 0.6, can lead below 0.5; a quarter of them do.
    const start = climb({ steps: 1, step: 1e-9 });
    const [success, , by] = await kept(restarts(start, 30), { epsilon: 0.2 });
    expect(success).toBe(1);
    expect(by).toBeGreaterThanOrEqual(0);
  });

  it('has the card that its members leave room for', () => {
    const blind = {
      ...card,
      norms: ['l2', 'linf'],
      goals: ['misclassify' as const],
      access: 'logits' as const,
      budget: 'minimum' as const,
    };
    const probe = shift(0, { norms: ['linf', 'l1'], paper: 'other' });
    expect(of('first', probe, shift(0, blind)).card).toEqual({
      name: 'several',
      norms: ['linf'],
      goals: ['misclassify'],
      access: 'gradients',
      budget: 'fixed',
      paper: 'other; none',
    });
    expect(restarts(shift(0, blind), 2)).toMatchObject({
      keep: 'nearest',
      card: { name: 'probe-x2', access: 'logits', budget: 'minimum' },
    });
    expect(restarts(probe, 2).keep).toBe('first');
  });

  it('says what it refuses', () => {
    expect(() => of('first')).toThrow('sequence: expected `members` to be at least one attack, got [].');
    expect(() => of('best' as never, shift(0))).toThrow(
      "sequence: expected `keep` to be one of 'first', 'nearest', 'worst', got \"best\".",
    );
    expect(() => of('first', shift(0, { norms: ['l1'] }), shift(0, { norms: ['l2'] }))).toThrow(/attacks with a norm in common/);
    expect(() => of('first', shift(0, { goals: ['target'] }), shift(0, { goals: ['change'] }))).toThrow(/attacks with a goal in common/);
    expect(() => restarts(shift(0), 0)).toThrow('restarts: expected `count` to be an integer of at least 1, got 0.');
  });
});
