import { l1, l2, linf, perturb, type Sequence, settle } from '@groundstate/core';
import { smoothModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { valuesOf } from '../tests/trace';
import { apgdCe } from './apgd-ce';
import { type AutoAttackOptions, autoAttack } from './auto-attack';

const membersOf = (version: AutoAttackOptions['version'], norm = linf(), classes = 10) =>
  (settle(autoAttack(version ? { version } : {}), { norm, epsilon: 1 }, { classes }) as Sequence).members;
const namesOf = (...given: Parameters<typeof membersOf>): readonly string[] => membersOf(...given).map(({ card }) => card.name);
/** Every attack of steps that is run, in order. */
const runsOf = (members: readonly Sequence['members'][number][], norm = linf(), classes = 10): readonly string[] =>
  members.flatMap((member) => {
    const settled = settle(member, { norm, epsilon: 1 }, { classes });
    return settled.kind === 'steps' ? [`${settled.card.name} ${settled.steps}`] : runsOf(settled.members, norm, classes);
  });

describe('auto-attack', () => {
  it('has the members, the order and the budgets of its authors', () => {
    expect(namesOf('standard')).toEqual(['apgd-ce', 'apgd-t', 'fab-t', 'square']);
    expect(namesOf('plus')).toEqual(['apgd-ce-x5', 'apgd-dlr-x5', 'fab-x5', 'square', 'apgd-t', 'fab-t']);
    expect(namesOf('rand')).toEqual(['apgd-ce-eot', 'apgd-dlr-eot']);
    const nine = (name: string): string[] => Array.from({ length: 9 }, (_, i) => `${name}-${i + 1} 100`);
    expect(runsOf(membersOf('standard'))).toEqual(['apgd-ce 100', ...nine('apgd-t'), ...nine('fab-t'), 'square 5000']);
    expect(runsOf(membersOf('standard', l2()), l2())).toEqual(runsOf(membersOf('standard')));
    const five = (name: string): string[] => new Array<string>(5).fill(`${name} 100`);
    expect(runsOf(membersOf('plus'))).toEqual([
      ...five('apgd-ce'),
      ...five('apgd-dlr'),
      ...five('fab'),
      'square 5000',
      ...nine('apgd-t'),
      ...nine('fab-t'),
    ]);
  });

  it('under l1 starts APGD-CE five times and goes for five targets', () => {
    const runs = runsOf(membersOf('standard', l1()), l1());
    expect(runs.slice(0, 5)).toEqual(new Array(5).fill('apgd-ce 100'));
    expect(runs.filter((run) => run.startsWith('apgd-t'))).toHaveLength(5);
    expect(runs.at(-1)).toBe('square 5000');
  });

  it('runs with two classes, without what is not defined there', () => {
    expect(namesOf('plus', linf(), 2)).toEqual(['apgd-ce-x5', 'fab-x5', 'square', 'apgd-t', 'fab-t']);
    expect(runsOf(membersOf('standard', linf(), 2), linf(), 2)).toEqual(['apgd-ce 100', 'apgd-t-1 100', 'fab-t-1 100', 'square 5000']);
  });

  it('says which member broke an example, and is no weaker than its first', async () => {
    const model = smoothModel({ inputShape: [6, 6, 1], scale: 2.5 });
    const inputs = tf.randomUniform([6, 6, 6, 1], 0.3, 0.7, 'float32', 7);
    const labels = tf.tidy(() => tf.cast(tf.argMax(model.logits(inputs), 1), 'int32')) as Tensor1D;
    const request = { model, inputs, goal: { kind: 'misclassify', labels } as const, threat: { norm: linf(), epsilon: 0.12 }, seed: 0 };
    const [first, all] = [await perturb(apgdCe(), request), await perturb(autoAttack(), request)];
    const [broken, brokenByAll] = [valuesOf(first.success), valuesOf(all.success)];
    for (const [i, success] of broken.entries()) {
      if (success) expect([brokenByAll[i], all.by[i]]).toEqual([1, 0]);
      if (!brokenByAll[i]) expect(all.by[i]).toBe(-1);
    }
    expect(brokenByAll).toContain(0);
    expect(brokenByAll).toContain(1);
    model.dispose();
  }, 20_000);

  it('says what is wrong with its options', () => {
    expect(() => autoAttack({ version: 'fast' as 'plus' })).toThrow(
      "auto-attack: expected `version` to be one of 'standard', 'plus', 'rand', got \"fast\".",
    );
  });
});
