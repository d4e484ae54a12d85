/** What every metric promises: a fold that may be cut anywhere. */
import { type Attacked, createNoise, type Json, linf, type Metric, type Observation, perturb, type StepAttack } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { smoothModel } from '../toys/smooth-model';
import { leakedTensors } from './leaks';

/** `attack` makes the adversarial examples of the observations: any that succeeds sometimes (inputs have shape [6]). */
export function describeMetric<State extends Json, Value extends Json>(make: () => Metric<State, Value>, attack: () => StepAttack): void {
  const observe = async (model: ReturnType<typeof smoothModel>, first: number, count: number): Promise<Observation> => {
    const ids = Int32Array.from({ length: count }, (_, i) => first + i);
    const inputs = createNoise(2, ids).stream('inputs').uniform([6]);
    const labels = tf.tensor1d(
      Array.from(ids, (id) => id % 3),
      'int32',
    ) as Tensor1D;
    const threat = { norm: linf(), epsilon: 0.1 };
    const verdict: Attacked = await perturb(attack(), { model, inputs, ids, goal: { kind: 'misclassify', labels }, threat, seed: 0 });
    const cleanLogits = tf.tidy(() => model.logits(inputs));
    return { model, batch: { ids, inputs, labels }, cleanLogits, attacked: { one: verdict }, noise: createNoise(4, ids) };
  };
  const dispose = ({ batch, cleanLogits, attacked }: Observation): void => {
    const { adversarial, success, distance, logits } = attacked.one!;
    tf.dispose([batch.inputs, batch.labels, cleanLogits, adversarial, success, distance, logits]);
  };

  describe(`${make().name} keeps the contract of a metric`, () => {
    it('is the same however the batches are cut and merged, and its states are JSON', async () => {
      const model = smoothModel();
      const metric = make();
      const whole = await observe(model, 0, 9);
      const [left, right] = [await observe(model, 0, 4), await observe(model, 4, 5)];
      const once = await metric.update(metric.init(), whole);
      const twice = await metric.update(await metric.update(metric.init(), left), right);
      const merged = metric.merge(await metric.update(metric.init(), left), await metric.update(metric.init(), right));
      const revived = JSON.parse(JSON.stringify(once)) as State;
      const values = [once, twice, merged, revived].map((state) => metric.compute(state));
      for (const value of values.slice(1)) expectClose(value, values[0]!);
      for (const seen of [whole, left, right]) dispose(seen);
      model.dispose();
    });

    it('does not change a state it is given, and leaves no tensors behind', async () => {
      const model = smoothModel();
      const metric = make();
      const seen = await observe(model, 0, 5);
      const state = await metric.update(metric.init(), seen);
      const before = JSON.stringify(state);
      const leaked = await leakedTensors(async () => {
        await metric.update(state, seen);
      });
      expect(JSON.stringify(state)).toBe(before);
      expect(leaked).toBe(0);
      dispose(seen);
      model.dispose();
    });

    it('has a value before the first example', () => {
      expect(() => make().compute(make().init())).not.toThrow();
    });
  });
}

/** Equal structure; numbers to the last few bits, since sums may be grouped by merging. */
function expectClose(value: Json, reference: Json): void {
  if (typeof value === 'number' && typeof reference === 'number') {
    expect(Math.abs(value - reference)).toBeLessThanOrEqual(1e-6 * Math.max(1, Math.abs(reference)));
  } else if (typeof value === 'object' && value !== null && typeof reference === 'object' && reference !== null) {
    expect(Object.keys(value)).toEqual(Object.keys(reference));
    for (const [key, part] of Object.entries(value)) expectClose(part as Json, (reference as Readonly<Record<string, Json>>)[key]!);
  } else expect(value).toEqual(reference);
}
