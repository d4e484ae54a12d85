import type { TrainableModel } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bitsOf, centringModel, cleanDefence, train, twoClouds } from '../tests/toys';
import type { Checkpoint } from './checkpoint';
import { fit } from './fit';
import { type WeightAverageOptions, weightAverage } from './weight-average';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

const options = { epochs: 4, seed: 1, batchSize: 3, learningRate: 0.1 } as const;
const valuesOf = ({ weights, buffers }: TrainableModel): Record<string, number[]> =>
  Object.fromEntries(Object.entries({ ...weights, ...buffers }).map(([name, variable]) => [name, Array.from(variable.dataSync())]));

it.each<WeightAverageOptions>([{ decay: 0.9 }, { decay: 0.8, warmup: true }, { decay: 0 }, { decay: 1 }])(
  'with %o the model ends with the mean of the paper, of weights and of buffers',
  async (settings) => {
    const model = centringModel(1);
    // In double precision, written out: the average behind step t weighs the weights of step s by (1 - d_s) d_(s+1) ... d_t.
    const path = [valuesOf(model)];
    const onProgress = (): void => {
      path.push(valuesOf(model));
    };
    await fit(model, twoClouds(), cleanDefence(), { ...options, averaging: weightAverage(settings), onProgress });
    const steps = path.length - 1;
    const decays = Array.from({ length: steps }, (_, t) =>
      settings.warmup ? Math.min(settings.decay!, (1 + t) / (10 + t)) : settings.decay!,
    );
    const found = valuesOf(model);
    for (const name of ['kernel', 'mean']) {
      for (const [i, value] of found[name]!.entries()) {
        let expected = 0;
        for (let s = 0; s <= steps; s++) {
          const share = decays.slice(s).reduce((product, decay) => product * decay, s === 0 ? 1 : 1 - decays[s - 1]!);
          expected += share * path[s]![name]![i]!;
        }
        expect(Math.abs(value - expected)).toBeLessThan(2e-6);
      }
    }
    model.dispose();
  },
);

it('training never sees it: the weights of every checkpoint are those of the run without', async () => {
  const plain = await train(cleanDefence(), { ...options, checkpointEvery: 1 }, () => centringModel(1));
  const averaging = weightAverage({ decay: 0.9 });
  const beside = await train(cleanDefence(), { ...options, checkpointEvery: 1, averaging }, () => centringModel(1));
  const own = ({ tensors }: Checkpoint): object =>
    Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith('average/')));
  expect(beside.checkpoints.map(own)).toEqual(plain.checkpoints.map(own));
  expect(beside.history).toEqual(plain.history);
  // The model holds the average of the last checkpoint, which still has the last weights.
  const last = beside.checkpoints.at(-1)!.tensors;
  expect(Object.keys(last).filter((name) => name.startsWith('average/'))).toEqual(['average/weights/kernel', 'average/buffers/mean']);
  const words = (name: string): number[] => Array.from(new Uint32Array(last[name]!.values.slice().buffer));
  expect(beside.bits).toEqual({ kernel: words('average/weights/kernel'), mean: words('average/buffers/mean') });
  expect(beside.bits.kernel).not.toEqual(words('weights/kernel'));
});

it('a run that fails leaves the last weights, not the average', async () => {
  const model = centringModel(1);
  let last = bitsOf(model);
  const onProgress = ({ step }: { step: number }): void => {
    last = bitsOf(model);
    if (step === 5) throw new Error('mine');
  };
  await expect(fit(model, twoClouds(), cleanDefence(), { ...options, averaging: weightAverage(), onProgress })).rejects.toThrow('mine');
  expect(bitsOf(model)).toEqual(last);
  model.dispose();
});

it('its name tells settings apart, and it says what is wrong with its options', () => {
  expect([weightAverage().name, weightAverage({ decay: 0.5, warmup: true }).name]).toEqual([
    'weight-average(0.999)',
    'weight-average(0.5, warmup)',
  ]);
  expect(() => weightAverage({ decay: 2 })).toThrow(
    'weightAverage: expected `decay` to be a finite number of at least 0 and of at most 1, got 2.',
  );
  expect(() => weightAverage({ rate: 1 } as WeightAverageOptions)).toThrow("expected `option` to be one of 'decay', 'warmup', got");
});
