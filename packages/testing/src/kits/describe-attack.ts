/** What every attack promises, whatever it does inside. */
import { type Attack, type Attacked, ascend, createNoise, l1, l2, linf, type Model, type Norm, perturb } from '@groundstate/core';
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { linearModel, unfoolableModel } from '../toys/binary-models';
import { smoothModel } from '../toys/smooth-model';
import { leakedTensors, withoutSynchronousReads } from './leaks';

const norms: Readonly<Record<string, Norm>> = { linf: linf(), l2: l2(), l1: l1() };
/** Budgets that fool some examples of the smooth model and not others. */
const budgets: Readonly<Record<string, number>> = { linf: 0.1, l2: 0.4, l1: 1.2, l0: 3 };
const shape = [6, 6, 1];
const n = 7;

/** Call it as the first line of an attack's test; `make` returns a fresh attack of few steps. */
export function describeAttack(make: () => Attack): void {
  const { card } = make();
  describe(`${card.name} keeps the contract of an attack`, () => {
    for (const name of card.norms) {
      const norm = norms[name];
      if (!norm) throw new Error(`describeAttack: ${card.name} names the norm ${name}, which core does not have.`);
      describe(name, () => describeUnder(make, norm, budgets[name]!));
    }
  });
}

function describeUnder(make: () => Attack, norm: Norm, epsilon: number): void {
  const threat = { norm, epsilon };
  const data = (): { inputs: Tensor4D; labels: Tensor1D } => {
    const noise = createNoise(
      11,
      Int32Array.from({ length: n }, (_, i) => i),
    );
    return { inputs: noise.stream('inputs').uniform(shape) as Tensor4D, labels: tf.tensor1d([0, 1, 2, 0, 1, 2, 0], 'int32') };
  };
  const attack = (model: Model, rows?: readonly number[], goal?: 'target'): Promise<Attacked> => {
    const { inputs, labels } = data();
    const kept = tf.tensor1d([...(rows ?? Array.from({ length: n }, (_, i) => i))], 'int32');
    const classes = tf.gather(labels, kept);
    return perturb(make(), {
      model,
      inputs: tf.gather(inputs, kept),
      ids: Int32Array.from(kept.dataSync()),
      goal: goal === 'target' ? { kind: 'target', classes } : { kind: 'misclassify', labels: classes },
      threat,
      seed: 5,
    });
  };

  it('stays in ball and box, is finite, and returns the clean input exactly where it failed', async () => {
    const model = smoothModel({ inputShape: shape });
    const { adversarial, success, distance } = await attack(model);
    const { inputs } = data();
    const sizes = await norm.size(tf.sub(adversarial, inputs)).data();
    const [succeeded, told, values, clean] = await Promise.all([success.data(), distance.data(), adversarial.data(), inputs.data()]);
    for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
    for (let row = 0; row < n; row++) {
      expect(sizes[row]).toBeLessThanOrEqual(epsilon * (1 + 1e-5) + 1e-6);
      expect(Math.abs(told[row]! - sizes[row]!)).toBeLessThan(1e-6);
      if (succeeded[row]) continue;
      expect(values.slice(row * 36, row * 36 + 36)).toEqual(clean.slice(row * 36, row * 36 + 36));
    }
    model.dispose();
  });

  it('claims success exactly where a fresh forward pass is fooled', async () => {
    const model = smoothModel({ inputShape: shape });
    const { adversarial, success } = await attack(model);
    const predicted = await tf.argMax(model.logits(adversarial), 1).data();
    const labels = await data().labels.data();
    for (const [row, value] of (await success.data()).entries()) {
      if (value) expect(predicted[row]).not.toBe(labels[row]);
    }
    model.dispose();
  });

  it('gives a row the same answer and the same counts in any batch', async () => {
    const model = smoothModel({ inputShape: shape });
    const whole = await attack(model);
    for (const rows of [[4], [2, 5], [6, 3, 0]]) {
      const part = await attack(model, rows);
      const [all, some] = await Promise.all([whole.adversarial.data(), part.adversarial.data()]);
      for (const [i, row] of rows.entries()) {
        expect(some.slice(i * 36, i * 36 + 36)).toEqual(all.slice(row * 36, row * 36 + 36));
        expect(part.forwards[i]).toBe(whole.forwards[row]);
        expect(part.backwards[i]).toBe(whole.backwards[row]);
      }
    }
    model.dispose();
  });

  it('counts the passes it makes: none backwards without access to gradients, no more than its steps allow', async () => {
    const model = smoothModel({ inputShape: shape });
    const { forwards, backwards } = await attack(model);
    const { card } = make();
    if (card.access !== 'gradients') expect(Math.max(...backwards)).toBe(0);
    else expect(Math.max(...backwards)).toBeGreaterThan(0);
    expect(Math.min(...forwards)).toBeGreaterThanOrEqual(1);
    model.dispose();
  });

  it('reports failure, and no distance, on a model that nothing can fool', async () => {
    const { inputs } = data();
    const model = unfoolableModel(shape);
    const labels = tf.ones([n], 'int32') as Tensor1D;
    const { success, distance, by } = await perturb(make(), { model, inputs, goal: { kind: 'misclassify', labels }, threat, seed: 1 });
    expect([...(await success.data())]).toEqual(new Array(n).fill(0));
    expect([...(await distance.data())]).toEqual(new Array(n).fill(0));
    expect([...by]).toEqual(new Array(n).fill(-1));
  });

  it('fools a linear model where half of the budget would do', async () => {
    // Every weight is 1: one unit of budget moves the lead by the dual norm of the weights.
    const { inputs } = data();
    const weights = new Array<number>(36).fill(1);
    const dual = (await norm.dualSize(tf.ones([1, 36])).data())[0]!;
    const middle = tf.mul(0.5, tf.onesLike(inputs));
    const model = linearModel(weights, -18 + 0.25 * epsilon * dual, shape);
    const labels = tf.ones([n], 'int32') as Tensor1D;
    const request = { model, inputs: middle, goal: { kind: 'misclassify', labels } as const, threat, seed: 1 };
    const { success } = await perturb(make(), request);
    const share = Array.from(await success.data()).reduce((sum, value) => sum + value, 0) / n;
    // Random search without gradients need not find the corner of a ball in so few queries.
    if (make().card.access === 'gradients') expect(share).toBe(1);
  });

  if (make().card.goals.includes('target')) {
    it('counts a targeted success only where the target itself is predicted', async () => {
      const model = smoothModel({ inputShape: shape });
      const { adversarial, success } = await attack(model, undefined, 'target');
      const predicted = await tf.argMax(model.logits(adversarial), 1).data();
      const labels = await data().labels.data();
      for (const [row, value] of (await success.data()).entries()) expect(predicted[row] === labels[row]).toBe(value === 1);
      model.dispose();
    });
  }

  it('reads no tensor synchronously and leaves none behind', async () => {
    const model = smoothModel({ inputShape: shape });
    const { inputs, labels } = data();
    const leaked = await leakedTensors(async () => {
      const request = { model, inputs, goal: { kind: 'misclassify', labels } as const, threat, seed: 3 };
      const { adversarial, success, distance, logits } = await withoutSynchronousReads(() => perturb(make(), request));
      return [adversarial, success, distance, logits];
    });
    expect(leaked).toBe(0);
    model.dispose();
  });

  it('stops when it is told to, with nothing left behind', async () => {
    const model = smoothModel({ inputShape: shape });
    const { inputs, labels } = data();
    const request = { model, inputs, goal: { kind: 'misclassify', labels } as const, threat, seed: 3 };
    const leaked = await leakedTensors(async () => {
      const verdict = perturb(make(), request, { signal: AbortSignal.abort() });
      if (make().kind === 'steps' && (make() as { steps: number }).steps === 0) return (await verdict) && undefined;
      await expect(verdict).rejects.toMatchObject({ code: 'aborted' });
    });
    expect(leaked).toBe(0);
    model.dispose();
  });

  const single = make();
  if (single.kind === 'steps' && !single.ask) {
    it('runs in training without a tensor left behind, inside the ball', async () => {
      const model = smoothModel({ inputShape: shape });
      const { inputs, labels } = data();
      const noise = createNoise(
        1,
        Int32Array.from({ length: n }, (_, i) => i),
      );
      const leaked = await leakedTensors(() => ascend(single, { model, inputs, goal: { kind: 'misclassify', labels }, threat, noise }));
      expect(leaked).toBe(0);
      model.dispose();
    });
  }
}
