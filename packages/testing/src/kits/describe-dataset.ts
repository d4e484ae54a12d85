/** What every data set promises. */
import type { Dataset } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leakedTensors } from './leaks';

export function describeDataset(make: () => Dataset): void {
  const { card } = make();
  describe(`${card.name} keeps the contract of a data set`, () => {
    for (const split of ['train', 'test'] as const) {
      it(`reads ${split} examples of its shape, inside its bounds, with labels of its classes`, async () => {
        const examples = await make().load(split);
        expect(examples.size).toBeGreaterThan(0);
        expect(examples.labels.length).toBe(examples.size);
        expect(examples.labels.every((label) => label >= 0 && label < card.classes)).toBe(true);
        const positions = Int32Array.from([0, examples.size - 1]);
        const { ids, inputs, labels } = await examples.read(positions);
        expect(inputs.shape).toEqual([2, ...card.shape]);
        expect(inputs.dtype).toBe('float32');
        expect(labels.dtype).toBe('int32');
        expect(ids.length).toBe(2);
        expect([...(await labels.data())]).toEqual([examples.labels[0], examples.labels[examples.size - 1]]);
        for (const value of await inputs.data()) expect(value >= card.bounds[0] && value <= card.bounds[1]).toBe(true);
        tf.dispose([inputs, labels]);
      });

      it(`reads the same ${split} example at the same position, alone or among others, twice`, async () => {
        const examples = await make().load(split);
        const last = examples.size - 1;
        const [alone, among, reloaded] = await Promise.all([
          examples.read(Int32Array.from([last])),
          examples.read(Int32Array.from([0, last])),
          make()
            .load(split)
            .then((again) => again.read(Int32Array.from([last]))),
        ]);
        const size = alone.inputs.size;
        expect(await among.inputs.data().then((values) => values.slice(size))).toEqual(await alone.inputs.data());
        expect(await reloaded.inputs.data()).toEqual(await alone.inputs.data());
        expect(among.ids[1]).toBe(alone.ids[0]);
        for (const batch of [alone, among, reloaded]) tf.dispose([batch.inputs, batch.labels]);
      });
    }

    it('refuses positions that it does not have, and leaves no tensors behind', async () => {
      const examples = await make().load('test');
      const leaked = await leakedTensors(async () => {
        await expect(examples.read(Int32Array.from([examples.size]))).rejects.toThrow(/expected/);
        await expect(examples.read(Int32Array.from([-1]))).rejects.toThrow(/expected/);
        const { inputs, labels } = await examples.read(Int32Array.from([0]));
        return [inputs, labels];
      });
      expect(leaked).toBe(0);
    });
  });
}
