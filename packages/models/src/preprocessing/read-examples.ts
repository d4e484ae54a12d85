/**
 * What a fit needs of examples: their values batch by batch, checked, with a progress bar and a way to stop.
 */
import { batches, breathe, checkAborted, type Examples, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

/** Where a fit stands. */
export type FitProgress = {
  /** What it does: 'statistics', 'covariance', 'eigenvectors'. */
  readonly stage: 'statistics' | 'covariance' | 'eigenvectors';
  /** The share of this stage that is done, from 0 to 1. */
  readonly share: number;
};

/** How a fit is watched. */
export type WatchOptions = {
  readonly signal?: AbortSignal;
  /** How far the fit is: called after every batch, and by ZCA while it looks for eigenvectors. */
  readonly onProgress?: (progress: FitProgress) => void;
};

/** Some examples, one after the other. */
export type Values = { readonly values: Float32Array; readonly rows: number; readonly shape: readonly number[] };

/** All examples, in batches of `size`. Their tensors are freed. */
export async function* valuesOf(owner: string, examples: Examples, size: number, signal: AbortSignal | undefined): AsyncGenerator<Values> {
  for await (const { ids, inputs, labels } of batches(examples, { size })) {
    const shape = inputs.shape.slice(1);
    try {
      const values = (await inputs.data()) as Float32Array;
      const bad = values.findIndex((value) => !Number.isFinite(value));
      if (bad >= 0) {
        const row = Math.floor(bad / tf.util.sizeFromShape(shape));
        throw new GroundstateError(
          'invalid-data',
          `${owner}: expected \`examples\` to be finite, got ${values[bad]} in example ${ids[row]}. Leave that example out: subset(examples, positions).`,
        );
      }
      yield { values, rows: ids.length, shape };
    } finally {
      tf.dispose([inputs, labels]);
    }
    checkAborted(owner, signal);
    await breathe();
  }
}

/** At least so many examples; a fit to fewer means nothing. */
export function checkCount(owner: string, examples: Examples, least: number): void {
  if (examples.size >= least) return;
  throw new GroundstateError(
    'invalid-data',
    `${owner}: expected \`examples\` to be at least ${least}, got ${examples.size}. Fit to the whole training set.`,
  );
}
