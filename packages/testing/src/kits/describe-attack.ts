/** What every attack promises, whatever it does inside: as it is judged by `perturb`. Its life in training is next door. */
import { type Attack, type Model, type Norm, perturb, type StepAttack, settle, type ThreatModel } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linearModel, unfoolableModel } from '../toys/binary-models';
import { withClasses } from '../toys/more-classes';
import { attackCases, budgets, type Cases, n, norms, reach, shape, size } from './attack-cases';
import { describeAscent } from './describe-ascent';
import { leakedTensors, withoutSynchronousReads } from './leaks';

export interface AttackCosts {
  /** The most passes that one step, and the start, may take. @default 1 */
  readonly passesPerStep?: number;
  /** Whether it looks for errors at all; what ascends something else keeps every other promise. @default true */
  readonly seeksErrors?: boolean;
  /** The least number of classes that it needs: the toys get that many. @default 2 */
  readonly classes?: number;
}

/** Call it as the first line of an attack's test; `make` returns a fresh attack of few steps. */
export function describeAttack(make: () => Attack, costs: AttackCosts = {}): void {
  const { card } = make();
  describe(`${card.name} keeps the contract of an attack`, () => {
    for (const name of card.norms) {
      const norm = norms[name];
      if (!norm) throw new Error(`describeAttack: ${card.name} names the norm ${name}, which core does not have.`);
      describe(name, () => {
        describeUnder(make, norm, budgets[name]!, costs);
        describeAscent(make, { norm, epsilon: budgets[name]! }, costs.classes ?? 2);
      });
    }
  });
}

/** The attacks of steps that an attack consists of. */
function stepsOf(attack: Attack, threat: ThreatModel, model: Model): readonly StepAttack[] {
  const settled = settle(attack, threat, model);
  return settled.kind === 'steps' ? [settled] : settled.members.flatMap((member) => stepsOf(member, threat, model));
}

function describeUnder(
  make: () => Attack,
  norm: Norm,
  epsilon: number,
  { passesPerStep = 1, seeksErrors = true, classes = 2 }: AttackCosts,
): void {
  const threat = { norm, epsilon };
  let cases: Cases;
  beforeAll(() => {
    cases = attackCases(classes);
  });
  afterAll(() => cases.dispose());

  it('stays in ball and box, is finite, and returns the clean input exactly where it failed', async () => {
    const { adversarial, success, distance } = await perturb(make(), cases.request(threat));
    const sizes = await norm.size(tf.sub(adversarial, cases.inputs)).data();
    const [succeeded, told, values, clean] = await Promise.all([success.data(), distance.data(), adversarial.data(), cases.inputs.data()]);
    for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
    for (let row = 0; row < n; row++) {
      expect(sizes[row]).toBeLessThanOrEqual(reach(threat));
      expect(Math.abs(told[row]! - sizes[row]!)).toBeLessThan(1e-6);
      if (succeeded[row]) continue;
      expect(values.slice(row * size, (row + 1) * size)).toEqual(clean.slice(row * size, (row + 1) * size));
    }
  });

  it('claims success exactly where a fresh forward pass is fooled', async () => {
    const { adversarial, success } = await perturb(make(), cases.request(threat));
    const predicted = await tf.argMax(cases.model.logits(adversarial), 1).data();
    const labels = await cases.labels.data();
    for (const [row, value] of (await success.data()).entries()) expect(predicted[row] !== labels[row]).toBe(value === 1);
  });

  it('gives a row the same answer and the same counts in any batch', async () => {
    const whole = await perturb(make(), cases.request(threat));
    for (const rows of [[4], [2, 5], [6, 3, 0], [1, 4]]) {
      const part = await perturb(make(), cases.request(threat, { rows }));
      const [all, some] = await Promise.all([whole.adversarial.data(), part.adversarial.data()]);
      for (const [i, row] of rows.entries()) {
        expect(some.slice(i * size, (i + 1) * size)).toEqual(all.slice(row * size, (row + 1) * size));
        expect(part.forwards[i]).toBe(whole.forwards[row]);
        expect(part.backwards[i]).toBe(whole.backwards[row]);
      }
    }
  });

  it(`takes at most ${passesPerStep} pass(es) a step and at the start, and none backwards without access to gradients`, async () => {
    const attack = make();
    const { forwards, backwards } = await perturb(attack, cases.request(threat));
    const members = stepsOf(attack, threat, cases.model);
    const most = passesPerStep * members.reduce((sum, { steps }) => sum + steps + 1, 0);
    if (attack.card.access !== 'gradients') expect(Math.max(...backwards)).toBe(0);
    else expect(Math.max(...backwards)).toBeGreaterThan(0);
    expect(Math.max(...backwards)).toBeLessThanOrEqual(most);
    // Beside the attack's own: the clean pass, the last iterate of each member, and the pass that judges.
    expect(Math.max(...forwards)).toBeLessThanOrEqual(most + members.length + 2);
    expect(Math.min(...forwards)).toBeGreaterThanOrEqual(1);
  });

  it('reports failure, and no distance, on a model that nothing can fool', async () => {
    const model = withClasses(unfoolableModel(shape), classes);
    const labels = tf.ones([n], 'int32') as Tensor1D;
    const { success, distance, by } = await perturb(make(), { ...cases.request(threat), model, goal: { kind: 'misclassify', labels } });
    expect([...(await success.data())]).toEqual(new Array(n).fill(0));
    expect([...(await distance.data())]).toEqual(new Array(n).fill(0));
    expect([...by]).toEqual(new Array(n).fill(-1));
  });

  it('fools a linear model where half of the budget would do', async () => {
    // Every weight is 1: one unit of budget moves the lead by the dual norm of the weights.
    const dual = (await norm.dualSize(tf.ones([1, size])).data())[0]!;
    const inputs = tf.fill([n, ...shape], 0.5);
    const model = withClasses(linearModel(new Array<number>(size).fill(1), 0.25 * epsilon * dual - size / 2, shape), classes);
    const labels = tf.ones([n], 'int32') as Tensor1D;
    const { success } = await perturb(make(), { model, inputs, goal: { kind: 'misclassify', labels }, threat, seed: 1 });
    // Random search without gradients need not find the corner of a ball in so few queries.
    if (seeksErrors && make().card.access === 'gradients') expect([...(await success.data())]).toEqual(new Array(n).fill(1));
  });

  if (make().card.goals.includes('target')) {
    it('counts a targeted success only where the target itself is predicted', async () => {
      const { adversarial, success } = await perturb(make(), cases.request(threat, { goal: 'target' }));
      const predicted = await tf.argMax(cases.model.logits(adversarial), 1).data();
      const labels = await cases.labels.data();
      for (const [row, value] of (await success.data()).entries()) expect(predicted[row] === labels[row]).toBe(value === 1);
    });
  }

  it('reads no tensor synchronously and leaves none behind', async () => {
    const request = cases.request(threat);
    const leaked = await leakedTensors(async () => {
      const { adversarial, success, distance, logits } = await withoutSynchronousReads(() => perturb(make(), request));
      return [adversarial, success, distance, logits];
    });
    expect(leaked).toBe(0);
  });

  it('stops when it is told to, with nothing left behind', async () => {
    const attack = make();
    const request = cases.request(threat);
    const leaked = await leakedTensors(async () => {
      const verdict = perturb(attack, request, { signal: AbortSignal.abort() });
      // An attack without steps has nothing to stop.
      if (attack.kind === 'steps' && attack.steps === 0) {
        const { adversarial, success, distance, logits } = await verdict;
        return [adversarial, success, distance, logits];
      }
      await expect(verdict).rejects.toMatchObject({ code: 'aborted' });
      return [];
    });
    expect(leaked).toBe(0);
  });
}
