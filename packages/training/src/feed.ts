/** What every step of an epoch is given: a labelled batch, an unlabelled one where there are such, both augmented. */
import { type Batch, batches, createNoise, type Examples, expected, type Noise, order } from '@groundstate/core';
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
  readonly seed: number;
  readonly unlabelled: Unlabelled | undefined;
  readonly augmentation: Augmentation | undefined;
}

export interface Portion {
  readonly labelled: Batch;
  /** With the turn of its own cycle that it is in, which keys its noise. */
  readonly unlabelled?: Omit<Batch, 'labels'> & { readonly epoch: number };
  /** Where the unlabelled examples go on behind this one. */
  readonly next: CyclePosition;
}

/** Unlabelled examples have an order of their own, or two sets of one size would always meet in the same pairs. */
const streams = { labelled: 0, unlabelled: 1 } as const;

/** From a batch of an epoch to its end. Each portion is freed when the next is asked for, or when nobody asks again. */
export async function* feed(
  setting: FeedSetting,
  at: { readonly epoch: number; readonly batch: number; readonly unlabelled: CyclePosition },
): AsyncGenerator<Portion, void, undefined> {
  const { examples, batchSize, seed, unlabelled } = setting;
  const visit = order(examples.size, { seed, epoch: at.epoch, stream: streams.labelled });
  const others = unlabelled && cycle(unlabelled, seed, at.unlabelled);
  for await (const batch of batches(examples, { size: batchSize, order: visit, start: at.batch })) {
    const owned: Tensor[] = [batch.inputs, batch.labels];
    try {
      const noise = createNoise(seed, batch.ids).stream('augmentation', at.epoch);
      const labelled = { ...batch, inputs: augmented(setting.augmentation, batch.inputs, noise, owned) };
      if (!others) {
        yield { labelled, next: at.unlabelled };
        continue;
      }
      const { batch: other, epoch, next } = await others();
      owned.push(other.inputs, other.labels);
      const otherNoise = createNoise(seed, other.ids).stream('unlabelled').stream('augmentation', epoch);
      const inputs = augmented(setting.augmentation, other.inputs, otherNoise, owned);
      yield { labelled, unlabelled: { ids: other.ids, inputs, epoch }, next };
    } finally {
      tf.dispose(owned);
    }
  }
}

type Turn = { readonly batch: Batch; readonly epoch: number; readonly next: CyclePosition };

/** Reads batch after batch, round and round. Of a whole turn the last batch may be smaller. */
function cycle({ examples, batchSize }: Unlabelled, seed: number, start: CyclePosition): () => Promise<Turn> {
  let at = start;
  let visit: Int32Array | undefined;
  return async () => {
    const { epoch, batch } = at;
    visit ??= order(examples.size, { seed, epoch, stream: streams.unlabelled });
    const read = await examples.read(visit.slice(batch * batchSize, (batch + 1) * batchSize));
    const isLast = (batch + 1) * batchSize >= examples.size;
    if (isLast) visit = undefined;
    at = isLast ? { epoch: epoch + 1, batch: 0 } : { epoch, batch: batch + 1 };
    return { batch: read, epoch, next: at };
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
