/** Which examples a run trains on and which it tests with. */
import { type Dataset, type Examples, order, subset } from '@groundstate/core';
import { labelSubset } from '@groundstate/datasets';
import type { Unlabelled } from '@groundstate/training';
import { testImages } from '../test-images';
import type { Sizes } from './pipeline';
import type { RunConfig } from './run-config';

export type TrainingExamples = {
  /** Those that a label is known of. */
  readonly labelled: Examples;
  /** In the semi-supervised task: inputs for every step. */
  readonly unlabelled?: Unlabelled;
  /** All inputs that a training sees. */
  readonly inputs: Examples;
};

/** Drawn by the seed of the training: one seed of a run of several is the run of that seed alone. */
export function trainingExamples(all: Examples, { train, labels, unlabelledBatchSize }: Sizes, seed: number): TrainingExamples {
  const inputs = train < all.size ? subset(all, order(all.size, { seed, epoch: 0 }).slice(0, train)) : all;
  if (labels === null || unlabelledBatchSize === null) return { labelled: inputs, inputs };
  const { labelled, unlabelled } = labelSubset(inputs, { labels, seed });
  return { labelled, unlabelled: { examples: unlabelled, batchSize: unlabelledBatchSize }, inputs };
}

export type TestExamples = {
  /** The whole test set. */
  readonly all: Examples;
  /** Those that are attacked. */
  readonly attacked: Examples;
};

export async function testExamples(dataset: Dataset, { test }: Pick<RunConfig['sizes'], 'test'>): Promise<TestExamples> {
  const all = await dataset.load('test');
  return { all, attacked: testImages(all, test) };
}
