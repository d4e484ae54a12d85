/** What there is to measure, as plain data: every contender, whatever its language, builds the same thing from it. */

/** The register-only loop of one build of our kernels (`measurePeak` in assembly/tile.ts). */
export type Peak = { readonly kind: 'peak'; readonly build: 'relaxed' | 'plain'; readonly turns: number };

/** `batch` products of [rows, inner] by [inner, columns]; a transposed side lies in memory the other way round. */
export type Product = {
  readonly kind: 'product';
  readonly batch: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
};

/** What of a layer or a network is computed. */
export type Pass = 'forward' | 'input gradient' | 'filter gradient';

/** One convolution of square images and filters. */
export type Convolution = {
  readonly kind: 'convolution';
  readonly pass: Pass;
  readonly batch: number;
  /** Height and width of an image. */
  readonly size: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Height and width of the filter. */
  readonly filter: number;
  readonly stride: number;
  /** Pixels of padding on every side. */
  readonly padding: number;
};

/** A layer of a classifier. A relu follows all but the last; `pool` is a max pool of that size and stride. */
export type Layer =
  | {
      readonly type: 'convolution';
      readonly filter: number;
      readonly inputs: number;
      readonly outputs: number;
      readonly stride: number;
      readonly padding: number;
      readonly pool?: number;
    }
  | { readonly type: 'dense'; readonly inputs: number; readonly outputs: number };

/** A classifier of images of `size` x `size` x 1, its weights given by `numbers` (see numbers.ts). */
export type Network = { readonly size: number; readonly classes: number; readonly layers: readonly Layer[] };

/** `train step` is the gradient of the mean cross-entropy and one update by Adam. */
export type NetworkPass = {
  readonly kind: 'network';
  readonly pass: 'forward' | 'input gradient' | 'train step';
  readonly batch: number;
  readonly network: Network;
};

/** Projected gradient descent in the maximum norm from the clean input, steps of 2.5 epsilon / steps. */
export type Attack = {
  readonly kind: 'attack';
  readonly batch: number;
  readonly network: Network;
  readonly steps: number;
  readonly epsilon: number;
};

/** One step of training in this project: plain, or with the energy along five-step paths and D_2 (8 gradient evaluations). */
export type Training = {
  readonly kind: 'training';
  readonly objective: 'plain' | 'energy';
  readonly batch: number;
  readonly network: Network;
};

export type Work = Peak | Product | Convolution | NetworkPass | Attack | Training;

export interface Case {
  /** Unique; `--only` looks here. */
  readonly name: string;
  /** Cases of a group are measured in the same rounds. */
  readonly group: string;
  /** Additions and multiplications; left out where they cannot be counted. */
  readonly operations?: number;
  /** Left out of `--quick`. */
  readonly heavy?: boolean;
  readonly work: Work;
}
