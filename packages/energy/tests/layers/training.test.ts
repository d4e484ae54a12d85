import { createNoise, linear } from '@groundstate/core';
import { energyRegularizer, withEnergy } from '@groundstate/energy/layers';
import { leakedTensors } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it, vi } from 'vitest';
import { backend } from './backend';
import { dataset, leftAfter, smallModel, traces } from './small';

const ids = Int32Array.from({ length: 10 }, (_, row) => row);
const images = (shape = [4]) => createNoise(1, ids).uniform(shape);
const labels = () => tf.tensor2d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], [10, 1]);
const oneHot = () => tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1, 2, 0], 'int32'), 3));
const quiet = { epochs: 2, batchSize: 4, shuffle: false, verbose: 0 } as const;

/** Everything in a tidy but what the promise holds: models and data of one test, gone afterwards. */
async function withData<T>(work: (x: tf.Tensor, y: tf.Tensor) => Promise<T>, shape?: number[]): Promise<T> {
  const [x, y] = [images(shape), labels()];
  try {
    return await work(x, y);
  } finally {
    tf.dispose([x, y]);
  }
}

describe(`fit with the callback on ${backend}`, () => {
  it('of weight 0 has the history of fit without it, to the last bit, and an energy of 0', async () => {
    await withData(async (x, y) => {
      const run = async (callbacks: tfl.Callback[]) => {
        const model = smallModel({ metrics: ['accuracy'], l2: 0.01 });
        const { history } = await model.fit(x, y, { ...quiet, validationSplit: 0.2, callbacks });
        return history;
      };
      const plain = await run([]);
      const { energy, ...rest } = await run([energyRegularizer({ epsilon: 0.3, weight: 0 })]);
      expect(Object.keys(plain).sort()).toEqual(['acc', 'loss', 'val_acc', 'val_loss']);
      expect(rest).toEqual(plain);
      expect(energy).toEqual([0, 0]);
      const { energy: none, ...held } = await run([energyRegularizer({ epsilon: 0 })]);
      expect([held, none]).toEqual([plain, [0, 0]]);
    });
  });

  it('includes the weighted energy in loss and not in val_loss, and reports it by itself', async () => {
    await withData(async (x, y) => {
      // A learning rate of 0: the model stays, so that evaluate sees what each step saw.
      const model = smallModel({ rate: 0, l2: 0.01 });
      const seen: number[] = [];
      const onBatchEnd = async (_: number, logs?: tfl.Logs) => {
        seen.push(logs!.energy!);
      };
      const watch = new tfl.CustomCallback({ onBatchEnd });
      const run = async (weight: number) => {
        const { history } = await model.fit(x, y, {
          ...quiet,
          epochs: 1,
          validationData: [x, y],
          callbacks: [energyRegularizer({ epsilon: 0.3, weight }), watch],
        });
        return Object.fromEntries(Object.entries(history).map(([name, values]) => [name, values[0] as number]));
      };
      const [once, twice] = [await run(1), await run(2)];
      const penalties = (model as unknown as { calculateLosses(): tf.Tensor[] }).calculateLosses().map((loss) => loss.dataSync()[0]!);
      expect(once.energy).toBeGreaterThan(0.01);
      expect(twice.energy! / once.energy!).toBeCloseTo(2, 5);
      expect(once.val_loss).toBe(twice.val_loss);
      expect(once.loss! - once.energy!).toBeCloseTo(once.val_loss! + penalties.reduce((a, b) => a + b, 0), 5);
      // Batches of 4, 4 and 2: the mean over examples, not over batches.
      expect((4 * seen[0]! + 4 * seen[1]! + 2 * seen[2]!) / 10).toBeCloseTo(once.energy!, 6);
      model.dispose();
    });
  });

  it('can be what early stopping watches, where the callback stands before it', async () => {
    await withData(async (x, y) => {
      // Nothing falls at a rate of 0, so patience 0 stops at the second epoch, on the energy as on val_loss.
      const epochsOf = async (callbacks: (tfl.EarlyStopping | ReturnType<typeof energyRegularizer>)[]) => {
        const { history } = await smallModel({ rate: 0 }).fit(x, y, { ...quiet, epochs: 4, validationData: [x, y], callbacks });
        return history.energy!.length;
      };
      const stop = (monitor: string) => tfl.callbacks.earlyStopping({ monitor, minDelta: 1e6 });
      const energy = () => energyRegularizer({ epsilon: 0.3 });
      expect(await epochsOf([energy(), stop('energy')])).toBe(2);
      expect(await epochsOf([stop('val_loss'), energy()])).toBe(2);
      // Before it there is no energy yet: tfjs-layers warns, and goes on.
      const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
      expect(await epochsOf([stop('energy'), energy()])).toBe(4);
      expect(warn).toHaveBeenCalledTimes(4);
      warn.mockRestore();
    });
  });

  it('has a Huber form, 2 delta sqrt(D) - delta^2 where sqrt(D) is beyond delta', async () => {
    await withData(async (x, y) => {
      const energies = async (form: object) => {
        const model = smallModel({ rate: 0 });
        const callbacks = energyRegularizer({ epsilon: 0.3, ...form });
        // One example: D itself can be read.
        const { history } = await model.fit(x, y, { ...quiet, batchSize: 1, epochs: 1, callbacks, validationSplit: 0.85 });
        return history.energy![0] as number;
      };
      const squared = await energies({});
      const delta = Math.sqrt(squared) / 3;
      expect(await energies({ form: 'huber', huberDelta: delta })).toBeCloseTo(2 * delta * Math.sqrt(squared) - delta ** 2, 6);
      expect(await energies({ form: 'huber', huberDelta: 2 * Math.sqrt(squared) })).toBeCloseTo(squared, 6);
    });
  });

  it('repeats itself with the same seed, and not with another', async () => {
    await withData(async (x, y) => {
      // The clean pass draws its masks from tfjs's own generator: only the first energy is free of it, and only its first batch.
      const first = async (seed: number) => {
        const model = smallModel({ dropout: true });
        const { history } = await model.fit(x, y, {
          ...quiet,
          batchSize: 10,
          epochs: 1,
          callbacks: energyRegularizer({ epsilon: 0.3, steps: 1, seed }),
        });
        return history.energy;
      };
      expect(await first(1)).toEqual(await first(1));
      expect(await first(1)).not.toEqual(await first(2));
    });
  });

  it('leaves no tensors over 50 steps', async () => {
    expect(await leftAfter(50)).toBe(0);
  });

  it('leaves no tensors in fitDataset, nor in a custom loop', async () => {
    await withData(async (x, y) => {
      const model = smallModel();
      const fit = () =>
        model.fitDataset(dataset(x, y, 4) as never, { epochs: 2, verbose: 0, callbacks: energyRegularizer({ epsilon: 0.3 }) });
      await fit();
      expect(await leakedTensors(async () => void (await fit()))).toBe(0);
      const robust = withEnergy(model, { epsilon: 0.3 });
      expect(await leakedTensors(async () => void (await robust.trainOnBatch(x, y)))).toBe(0);
      const optimizer = tf.train.sgd(0.1);
      const loop = () => {
        const step = robust.prepare(x, y);
        const cost = optimizer.minimize(() => step.term(), true)!;
        step.dispose();
        return cost;
      };
      expect(await leakedTensors(loop)).toBe(0);
      expect(loop().dataSync()[0]).toBeGreaterThan(0);
    });
  });

  it('runs schedules from 0 to 1 over epochs and batches', async () => {
    await withData(async (x, y) => {
      const seen: number[] = [];
      const weight = (progress: number) => {
        seen.push(progress);
        return linear(0, 1)(progress);
      };
      const model = smallModel();
      await model.fit(x, y, { ...quiet, callbacks: energyRegularizer({ epsilon: 0.3, weight }) });
      const sixths = [0, 1, 2, 3, 4, 5].map((step) => step / 6);
      for (const [step, progress] of seen.splice(0).entries()) expect(progress).toBeCloseTo(sixths[step]!, 12);
      const callbacks = energyRegularizer({ epsilon: (progress) => 0.1 + 0 * weight(progress) });
      // The length of an epoch is known after the first.
      await model.fitDataset(dataset(x, y, 4) as never, { epochs: 2, verbose: 0, callbacks });
      expect(seen.map((progress) => Math.round(progress * 6))).toEqual([0, 0, 0, 3, 4, 5]);
      const { history } = await model.fit(x, y, {
        ...quiet,
        callbacks: energyRegularizer({ epsilon: 0.3, weight: (share) => (share < 0.5 ? 0 : 1) }),
      });
      expect(history.energy![0]).toBe(0);
      expect(history.energy![1]).toBeGreaterThan(0);
    });
  });

  it('warms up with a schedule in trainOnBatch by the progress that it is told', async () => {
    await withData(async (x, y) => {
      const robust = withEnergy(smallModel({ rate: 0 }), { epsilon: 0.3, weight: linear(0, 1) });
      expect((await robust.trainOnBatch(x, y, { progress: 0 })).energy).toBe(0);
      expect((await robust.trainOnBatch(x, y, { progress: 1 })).energy).toBeGreaterThan(0);
      await expect(robust.trainOnBatch(x, y)).rejects.toThrow('withEnergy: expected `progress` to be given');
    });
  });
});

describe(`modes on ${backend}`, () => {
  /** The loss does not depend on the input: energy comes from masks that differ from point to point, or not at all. */
  const deaf = (noise: tfl.layers.Layer) => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.dense({ units: 8, inputShape: [4], kernelInitializer: 'zeros', biasInitializer: 'ones' }),
        noise,
        tfl.layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    model.compile({ optimizer: tf.train.sgd(0), loss: 'sparseCategoricalCrossentropy' });
    return model;
  };

  it.each([
    ['dropout', () => tfl.layers.dropout({ rate: 0.5 })],
    ['Gaussian noise', () => tfl.layers.gaussianNoise({ stddev: 1 })],
    ['Gaussian dropout', () => tfl.layers.gaussianDropout({ rate: 0.5 })],
    ['alpha dropout', () => tfl.layers.alphaDropout({ rate: 0.5 })],
    ['dropout in a nested model', () => tfl.sequential({ layers: [tfl.layers.dropout({ rate: 0.5, inputShape: [8] })] })],
  ] as const)('all points of a step see one network, with %s', async (_, noise) => {
    await withData(async (x, y) => {
      const { history } = await deaf(noise()).fit(x, y, { ...quiet, callbacks: energyRegularizer({ epsilon: 0.3, weight: 1e6 }) });
      expect(history.energy).toEqual([0, 0]);
      // Each step draws noise of its own all the same: the data loss moves though the weights do not.
      expect(history.loss![0]).not.toBe(history.loss![1]);
    });
  });

  it('masks differ from step to step, and the seed of the user stays in force', async () => {
    await withData(async (x, y) => {
      const seeds = async (seed?: number) => {
        const layer = tfl.layers.dropout({ rate: 0.5, ...(seed === undefined ? {} : { seed }) });
        const seen: unknown[] = [];
        layer.setCallHook(() => seen.push((layer as unknown as { seed?: number }).seed));
        await deaf(layer).fit(x, y, { ...quiet, batchSize: 10, callbacks: energyRegularizer({ epsilon: 0.3, steps: 1, segments: 1 }) });
        return seen;
      };
      // Building the model, then for each step: the ascent in inference mode, the clean pass, two points.
      const drawn = (await seeds()).slice(-8);
      expect(drawn.map((seed) => typeof seed)).toEqual([
        'undefined',
        'undefined',
        'number',
        'number',
        'undefined',
        'undefined',
        'number',
        'number',
      ]);
      expect(drawn[2]).toBe(drawn[3]);
      expect(drawn[6]).toBe(drawn[7]);
      expect(drawn[2]).not.toBe(drawn[6]);
      expect(new Set(await seeds(7))).toEqual(new Set([7]));
    });
  });

  it('batch normalisation moves its averages as it does without the energy', async () => {
    await withData(async (x, y) => {
      const averages = async (callbacks: tfl.Callback[]) => {
        const model = smallModel({ batchNormalisation: true, rate: 0 });
        await model.fit(x, y, { ...quiet, callbacks });
        return model.nonTrainableWeights.map((weight) => Array.from(weight.read().dataSync()));
      };
      const plain = await averages([]);
      expect(plain).toHaveLength(2);
      expect(await averages([energyRegularizer({ epsilon: 0.3 })])).toEqual(plain);
    });
  });

  it('costs steps + segments + 1 forward passes beside the clean one', async () => {
    await withData(async (x, y) => {
      const model = smallModel();
      let passes = 0;
      model.layers[0]!.setCallHook(() => passes++);
      await withEnergy(model, { epsilon: 0.3, steps: 4, segments: 3 }).trainOnBatch(x, y);
      expect(passes).toBe(4 + 3 + 1 + 1);
    });
  });
});

describe(`the model after training on ${backend}`, () => {
  const callbacks = (...more: tfl.CustomCallback[]) => [energyRegularizer({ epsilon: 0.3 }), ...more];
  const custom = (handlers: tfl.CustomCallbackArgs) => new tfl.CustomCallback(handlers);
  const stop = (model: tfl.LayersModel): void => {
    model.stopTraining = true;
  };
  const shape = { dropout: true, batchNormalisation: false, l2: 0.01 };

  it.each([
    ['it ends', () => [], undefined],
    ['it is stopped', (model) => [custom({ onBatchEnd: () => stop(model) })], undefined],
    ['another callback throws in a step', () => [custom({ onBatchEnd: () => Promise.reject(new Error('mine')) })], 'mine'],
    ['another callback throws before the first', () => [custom({ onTrainBegin: () => Promise.reject(new Error('mine')) })], 'mine'],
    ['another callback throws at the end', () => [custom({ onTrainEnd: () => Promise.reject(new Error('mine')) })], 'mine'],
  ] as readonly (readonly [string, (model: tfl.LayersModel) => tfl.CustomCallback[], string | undefined])[])(
    'is as before when %s',
    async (_, others, error) => {
      await withData(async (x, y) => {
        const model = smallModel(shape);
        // One plain fit first: tfjs-layers keeps its history and its stop flag on the model.
        await model.fit(x, y, { ...quiet, epochs: 1 });
        const before = traces(model);
        const fit = model.fit(x, y, { ...quiet, callbacks: callbacks(...others(model)) });
        if (error) await expect(fit).rejects.toThrow(error);
        else await fit;
        expect(traces(model)).toEqual(before);
        // Nothing of the energy runs in a later fit.
        const { history } = await model.fit(x, y, { ...quiet, epochs: 1 });
        expect(Object.keys(history)).toEqual(['loss']);
      });
    },
  );

  it.each([1, 8, 9, 11])('is as before, and no tensor stays, when its loss throws at call %i of a step', async (call) => {
    await withData(async (x) => {
      let calls = 0;
      let armed = false;
      const loss = (target: tf.Tensor, output: tf.Tensor): tf.Tensor => {
        calls++;
        if (armed && calls === call) throw new Error('mine');
        return tf.sum(tf.abs(tf.sub(output, target)), 1);
      };
      // Calls 1 to 5 are the ascent's, 6 is the clean pass, 7 to 9 are the points; 10 to 18 those of the next step.
      const model = smallModel({ ...shape, loss });
      const y = oneHot();
      const fit = () => model.fit(x, y, { ...quiet, callbacks: callbacks() });
      await fit();
      const before = traces(model);
      calls = 0;
      armed = true;
      // fit itself keeps the epoch's indices, the running totals of its logger, and nothing else.
      const tensors = tf.memory().numTensors;
      await expect(fit()).rejects.toThrow('mine');
      expect(tf.memory().numTensors - tensors).toBeLessThanOrEqual(call > 9 ? 2 : 1);
      expect(traces(model)).toEqual(before);
      armed = false;
      expect(Object.keys((await fit()).history)).toEqual(['loss', 'energy']);
      y.dispose();
    });
  });
});
