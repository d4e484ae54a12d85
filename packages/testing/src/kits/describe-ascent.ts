/** What an attack promises in training, where nobody projects its last iterate or judges it. */
import { type Attack, ascend, createNoise, type StepAttack, type ThreatModel } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { linearModel } from '../toys/binary-models';
import { withClasses } from '../toys/more-classes';
import { attackCases, type Cases, n, reach, shape, size } from './attack-cases';
import { leakedTensors } from './leaks';

/** Part of `describeAttack`; sequences and attacks with questions do not run in training and have no such tests. */
export function describeAscent(make: () => Attack, threat: ThreatModel, classes = 2): void {
  const given = make();
  if (given.kind !== 'steps' || given.ask) return;
  let cases: Cases;
  beforeAll(() => {
    cases = attackCases(classes);
  });
  afterAll(() => cases.dispose());

  const run = (rows?: readonly number[]): Tensor => {
    const { model, inputs, ids, goal } = cases.request(threat, rows ? { rows } : {});
    return ascend(make() as StepAttack, { model, inputs, goal, threat, noise: createNoise(1, ids) });
  };
  const expectInside = async (adversarial: Tensor, inputs: Tensor): Promise<void> => {
    // The budget is a bound for fixed budgets; where the perturbation is to be small there is none.
    if (given.card.budget === 'fixed') {
      for (const distance of await threat.norm.size(tf.sub(adversarial, inputs)).data())
        expect(distance).toBeLessThanOrEqual(reach(threat));
    }
    for (const value of await adversarial.data()) expect(value >= 0 && value <= 1).toBe(true);
  };

  it('ends inside ball and box in training too, with no tensor left behind', async () => {
    await expectInside(run(), cases.inputs);
    const { model, inputs, ids, goal } = cases.request(threat);
    const noise = createNoise(1, ids);
    expect(await leakedTensors(() => ascend(make() as StepAttack, { model, inputs, goal, threat, noise }))).toBe(0);
  });

  it('takes a row to the same point in any batch in training', async () => {
    const whole = await run().data();
    for (const rows of [[4], [2, 5], [6, 3, 0]]) {
      const some = await run(rows).data();
      for (const [i, row] of rows.entries()) {
        expect(some.slice(i * size, (i + 1) * size)).toEqual(whole.slice(row * size, (row + 1) * size));
      }
    }
  });

  it('stays finite and inside where the gradient is zero everywhere', async () => {
    const model = withClasses(linearModel(new Array<number>(size).fill(0), 1, shape), classes);
    const labels = tf.ones([n], 'int32') as Tensor1D;
    const { inputs, ids } = cases.request(threat);
    const goal = { kind: 'misclassify' as const, labels };
    await expectInside(ascend(make() as StepAttack, { model, inputs, goal, threat, noise: createNoise(1, ids) }), inputs);
  });
}
