/** What every step of an epoch is given: a labelled batch, an unlabelled one where there are such, both augmented. */
import { type Batch, createNoise, type Examples, expected, type Noise, order } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Augmentation } from './augmentations/augmentation';

/** Examples whose labels nobody looks at; they go round in a cycle of their own. */
export interface Unlabelled {
  readonly examples: Examples;
  readonly batchSize: number;
}

/** The next batch to be read: how often all examples have been seen, and how many batches of this turn are done. */
export type CyclePosition = { readonly epoch: number; readonly batch: number };

export interface FeedSetting {
  readonly examples: Examples;
  readonly batchSize: number;
  /** How many batches an epoch has. @default one turn of the labelled examples */
  readonly batchesPerEpoch?: number | undefined;
  readonly seed: number;
  readonly unlabelled: Unlabelled | undefined;
  readonly augmentation: Augmentation | undefined;
}

export interface Portion {
  /** Each with the turn of its own cycle that it is in, which keys its noise. */
  readonly labelled: Batch & { readonly turn: number };
  readonly unlabelled?: Omit<Batch, 'labels'> & { readonly turn: number };
  /** Where the unlabelled examples go on behind this one. */
  readonly next: CyclePosition;
}

/** Unlabelled examples have an order of their own, or two sets of one size would always meet in the same pairs. */
const streams = { labelled: 0, unlabelled: 1 } as const;

/** How many batches it takes to see every example once. */
export function batchesPerTurn({ examples, batchSize }: Unlabelled): number {
  return Math.ceil(examples.size / batchSize);
}

/** From a batch of an epoch to its end. Each portion is freed when the next is asked for, or when nobody asks again. */
export async function* feed(
  setting: FeedSetting,
  at: { readonly epoch: number; readonly batch: number; readonly unlabelled: CyclePosition },
): AsyncGenerator<Portion, void, undefined> {
  const { batchesPerEpoch = batchesPerTurn(setting), seed, unlabelled, augmentation } = setting;
  const labelled = cycle(setting, seed, streams.labelled, turnOf(setting, at.epoch * batchesPerEpoch + at.batch));
  const others = unlabelled && cycle(unlabelled, seed, streams.unlabelled, at.unlabelled);
  for (let batch = at.batch; batch < batchesPerEpoch; batch++) {
    const { batch: own, turn } = await labelled();
    const owned: Tensor[] = [own.inputs, own.labels];
    try {
      const noise = createNoise(seed, own.ids).stream('augmentation', turn);
      const known = { ...own, inputs: augmented(augmentation, own.inputs, noise, owned), turn };
      if (!others) {
        yield { labelled: known, next: at.unlabelled };
        continue;
      }
      const { batch: other, turn: otherTurn, next } = await others();
      owned.push(other.inputs, other.labels);
      const otherNoise = createNoise(seed, other.ids).stream('unlabelled').stream('augmentation', otherTurn);
      const inputs = augmented(augmentation, other.inputs, otherNoise, owned);
      yield { labelled: known, unlabelled: { ids: other.ids, inputs, turn: otherTurn }, next };
    } finally {
      tf.dispose(owned);
    }
  }
}

/** The place in its cycle of a batch that so many went before. */
function turnOf(set: Unlabelled, before: number): CyclePosition {
  const perTurn = batchesPerTurn(set);
  return { epoch: Math.floor(before / perTurn), batch: before % perTurn };
}

type Turn = { readonly batch: Batch; readonly turn: number; readonly next: CyclePosition };

/** Reads batch after batch, round and round, in another order each turn. Of a whole turn the last batch may be smaller. */
function cycle(set: Unlabelled, seed: number, stream: number, start: CyclePosition): () => Promise<Turn> {
  const { examples, batchSize } = set;
  let at = start;
  let visit: Int32Array | undefined;
  return async () => {
    const { epoch: turn, batch } = at;
    visit ??= order(examples.size, { seed, epoch: turn, stream });
    const read = await examples.read(visit.slice(batch * batchSize, (batch + 1) * batchSize));
    const isLast = batch + 1 === batchesPerTurn(set);
    if (isLast) visit = undefined;
    at = isLast ? { epoch: turn + 1, batch: 0 } : { epoch: turn, batch: batch + 1 };
    return { batch: read, turn, next: at };
  };
}

function augmented(augmentation: Augmentation | undefined, inputs: Tensor, noise: Noise, owned: Tensor[]): Tensor {
  if (!augmentation) return inputs;
  const changed = tf.tidy(() => augmentation(inputs, noise));
  owned.push(changed);
  const fits = changed.dtype === 'float32' && changed.shape.join() === inputs.shape.join();
  if (!fits) throw expected('fit', 'augmentation', `float32 inputs of shape [${inputs.shape}] again`, changed);
  return changed;
}
