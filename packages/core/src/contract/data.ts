import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { Bounds } from './noise';

/** Some examples: `inputs` is `[n, ...shape]` float32, `labels` is `[n]` int32. Whoever reads a batch disposes of its tensors. */
export type Batch = { readonly ids: Int32Array; readonly inputs: Tensor; readonly labels: Tensor1D };

/** A finite set of examples with ids 0 .. size - 1, read on demand. */
export interface Examples {
  readonly size: number;
  /** The class of every example, by position. */
  readonly labels: Int32Array;
  /** Read by position. The batch's `ids` are the examples' own and do not change under `subset`. */
  read(positions: Int32Array): Promise<Batch>;
}

/** What a data set is and where it comes from. */
export interface DatasetCard {
  readonly name: string;
  readonly classes: number;
  /** Shape of one example. */
  readonly shape: readonly number[];
  readonly bounds: Bounds;
  /** Where these very examples come from, in plain words. */
  readonly source: string;
  readonly licence: string;
  /** SHA-256 of each original file, in hexadecimal. */
  readonly checksums: Readonly<Record<string, string>>;
}

/** Examples with a name and a card, read split by split when they are asked for. */
export interface Dataset {
  readonly card: DatasetCard;
  /** Verifies and reads one split. Throws where a file is missing or is not what the card says. */
  load(split: 'train' | 'test'): Promise<Examples>;
}
