import { createNoise, type Examples, type Objective } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cleanDefence, littleModel, twoClouds } from '../tests/toys';
import type { Augmentation } from './augmentations/augmentation';
import { type CyclePosition, type FeedSetting, feed } from './feed';
import { fit } from './fit';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

const beginning: CyclePosition = { epoch: 0, batch: 0 };
const setting = (changes: Partial<FeedSetting> = {}): FeedSetting => ({
  examples: twoClouds(7),
  batchSize: 2,
  seed: 3,
  unlabelled: undefined,
  augmentation: undefined,
  ...changes,
});
type Seen = { ids: number[]; inputs: number[]; others: number[]; otherInputs: number[]; turn: number | undefined; next: CyclePosition };

async function everyPortion(given: FeedSetting, at = { epoch: 0, batch: 0, unlabelled: beginning }): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const { labelled, unlabelled, next } of feed(given, at)) {
    seen.push({
      ids: Array.from(labelled.ids),
      inputs: Array.from(labelled.inputs.dataSync()),
      others: Array.from(unlabelled?.ids ?? []),
      otherInputs: Array.from(unlabelled?.inputs.dataSync() ?? []),
      turn: unlabelled?.turn,
      next,
    });
  }
  return seen;
}

it('unlabelled examples go round by themselves: each once a turn, in another order every turn, across epochs', async () => {
  const given = setting({ unlabelled: { examples: twoClouds(5), batchSize: 2 } });
  const first = await everyPortion(given);
  const second = await everyPortion(given, { epoch: 1, batch: 0, unlabelled: first.at(-1)!.next });
  const all = [...first, ...second];
  // Four labelled batches an epoch; three unlabelled ones a turn, of 2, 2 and 1.
  expect(all.map(({ others }) => others.length)).toEqual([2, 2, 1, 2, 2, 1, 2, 2]);
  expect(all.map(({ turn }) => turn)).toEqual([0, 0, 0, 1, 1, 1, 2, 2]);
  expect(first.at(-1)!.next).toEqual({ epoch: 1, batch: 1 });
  const turns = [all.slice(0, 3), all.slice(3, 6)].map((turn) => turn.flatMap(({ others }) => others));
  for (const turn of turns) expect([...turn].sort()).toEqual([0, 1, 2, 3, 4]);
  expect(turns[0]).not.toEqual(turns[1]);
  // The labelled ones come as they would have come alone.
  expect(first.map(({ ids }) => ids)).toEqual((await everyPortion(setting())).map(({ ids }) => ids));
});

it('labelled examples go round as well where an epoch is longer or shorter than a turn of them', async () => {
  // Seven by two: four batches a turn.
  const given = setting({ batchesPerEpoch: 6 });
  const epochs = await Promise.all([0, 1].map((epoch) => everyPortion(given, { epoch, batch: 0, unlabelled: beginning })));
  const all = epochs.flat().map(({ ids }) => ids);
  expect(all.map(({ length }) => length)).toEqual([2, 2, 2, 1, 2, 2, 2, 1, 2, 2, 2, 1]);
  const turns = [0, 4, 8].map((from) => all.slice(from, from + 4).flat());
  for (const turn of turns) expect([...turn].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(new Set(turns.map((turn) => turn.join())).size).toBe(3);
  const short = setting({ batchesPerEpoch: 3 });
  const cut = await Promise.all([0, 1, 2, 3].map((epoch) => everyPortion(short, { epoch, batch: 0, unlabelled: beginning })));
  expect(cut.flat().map(({ ids }) => ids)).toEqual(all);
  // From the middle of an epoch the same batches come.
  expect((await everyPortion(given, { epoch: 1, batch: 4, unlabelled: beginning })).map(({ ids }) => ids)).toEqual(all.slice(10));
});

it('two sets of one size do not go in step', async () => {
  const examples = twoClouds(30);
  const seen = await everyPortion(setting({ examples, unlabelled: { examples, batchSize: 2 } }));
  expect(seen.flatMap(({ ids }) => ids)).not.toEqual(seen.flatMap(({ others }) => others));
});

/** Adds a draw to every input. */
const shaken: Augmentation = (inputs, noise) => tf.add(inputs, noise.normal([2]));

it('goes on from any batch with the very inputs it would have come to', async () => {
  const given = setting({ unlabelled: { examples: twoClouds(3), batchSize: 2 }, augmentation: shaken });
  const whole = await everyPortion(given, { epoch: 2, batch: 0, unlabelled: { epoch: 4, batch: 1 } });
  for (let batch = 1; batch < whole.length; batch++) {
    expect(await everyPortion(given, { epoch: 2, batch, unlabelled: whole[batch - 1]!.next })).toEqual(whole.slice(batch));
  }
});

it('augments an example in an epoch in one way, whatever the batch, and an unlabelled one in a turn in another', async () => {
  const inputOf = (seen: readonly Seen[], id: number, kind: 'labelled' | 'unlabelled'): number[] => {
    const [ids, inputs] = [
      seen.flatMap((one) => (kind === 'labelled' ? one.ids : one.others)),
      seen.flatMap((one) => (kind === 'labelled' ? one.inputs : one.otherInputs)),
    ];
    const row = ids.indexOf(id);
    return inputs.slice(2 * row, 2 * row + 2);
  };
  const run = (batchSize: number, epoch: number): Promise<Seen[]> =>
    everyPortion(setting({ batchSize, unlabelled: { examples: twoClouds(7), batchSize }, augmentation: shaken }), {
      epoch,
      batch: 0,
      unlabelled: { epoch, batch: 0 },
    });
  const [small, large, next] = [await run(1, 0), await run(7, 0), await run(7, 1)];
  for (let id = 0; id < 7; id++) {
    for (const kind of ['labelled', 'unlabelled'] as const) {
      expect(inputOf(small, id, kind)).toEqual(inputOf(large, id, kind));
      expect(inputOf(next, id, kind)).not.toEqual(inputOf(large, id, kind));
    }
    // The same example, labelled and not.
    expect(inputOf(large, id, 'labelled')).not.toEqual(inputOf(large, id, 'unlabelled'));
  }
  // The stream that the README names.
  const draw = tf.tidy(() => Array.from(createNoise(3, Int32Array.of(4)).stream('augmentation', 1).normal([2]).dataSync()));
  const plain = inputOf(await everyPortion(setting()), 4, 'labelled');
  expect(inputOf(next, 4, 'labelled')).toEqual(draw.map((value, i) => Math.fround(value + plain[i]!)));
});

it('frees a portion that nobody goes on from, and what an augmentation that fails has left', async () => {
  const given = setting({ unlabelled: { examples: twoClouds(5), batchSize: 2 }, augmentation: shaken });
  for await (const _portion of feed(given, { epoch: 0, batch: 0, unlabelled: beginning })) break;
  const failing = everyPortion({
    ...given,
    augmentation: (inputs) => {
      tf.mul(inputs, 2);
      throw new Error('mine');
    },
  });
  await expect(failing).rejects.toThrow('mine');
  const halved: Augmentation = (inputs) => tf.slice(inputs, 0, 1);
  await expect(everyPortion({ ...given, augmentation: halved })).rejects.toThrow(
    'fit: expected `augmentation` to be float32 inputs of shape [2,2] again, got a float32 tensor of shape [1,2].',
  );
  const same: Augmentation = (inputs: Tensor) => inputs;
  expect(await everyPortion({ ...given, augmentation: same })).toEqual(await everyPortion({ ...given, augmentation: undefined }));
});

it('`fit` gives every step both batches, the unlabelled one with noise of its own turn, and replays with other noise', async () => {
  const seen: { step: string; draw: number; size: number }[] = [];
  const spy: Objective = {
    name: 'spy',
    terms: ['spy'],
    prepare: ({ unlabelled }) => {
      const [draw] = unlabelled!.noise.uniform([]).dataSync();
      seen.push({ step: `${unlabelled!.ids[0]}`, draw: draw!, size: unlabelled!.inputs.shape[0]! });
      return undefined;
    },
    evaluate: ({ model, unlabelled }) => ({ spy: tf.mean(model.logits(unlabelled!.inputs, { mode: 'training' })) as Scalar }),
  };
  const model = littleModel();
  // Eight steps an epoch, twice each: two unlabelled examples come round four times.
  const unlabelled = { examples: twoClouds(2), batchSize: 1 };
  await fit(model, twoClouds(8), { name: 'spying', objective: spy, replays: 2 }, { epochs: 1, seed: 0, batchSize: 1, unlabelled });
  expect(seen.map(({ size }) => size)).toEqual(Array(16).fill(1));
  expect(seen.filter(({ step }) => step === '0')).toHaveLength(8);
  for (let i = 0; i < 16; i += 2) expect(seen[i]!.step).toBe(seen[i + 1]!.step);
  for (const id of ['0', '1']) expect(new Set(seen.filter(({ step }) => step === id).map(({ draw }) => draw)).size).toBe(8);
  model.dispose();
});

it('the checks of `fit` name what is wrong', async () => {
  const model = littleModel();
  const attempt = (unlabelled: { examples: Examples; batchSize: number }): Promise<unknown> =>
    fit(model, twoClouds(), cleanDefence(), { epochs: 1, seed: 0, unlabelled });
  await expect(attempt({ examples: twoClouds(0), batchSize: 1 })).rejects.toThrow(
    'fit: expected `unlabelled.examples` to be at least one example, got 0.',
  );
  await expect(attempt({ examples: twoClouds(), batchSize: 0 })).rejects.toThrow(
    'fit: expected `unlabelled.batchSize` to be an integer of at least 1, got 0.',
  );
  model.dispose();
});
