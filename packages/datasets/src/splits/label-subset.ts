/** Labels for a few examples, none for the others: the setting of semi-supervised learning. */
import { checkKeys, checkNumber, type Examples, expected, subset } from '@groundstate/core';
import { chooseExamples, positionsOf } from './choose-examples';
import { withoutLabels } from './without-labels';

/** Options of `labelSubset`: how many labels, and whose. */
export interface LabelSubsetOptions {
  /** How many examples keep their labels. */
  readonly labels: number;
  /** Decides which ones do. @default 1 */
  readonly seed?: number;
  /** As many of every class that occurs (or one more of some); else any, as chance has it. @default true */
  readonly balanced?: boolean;
  /** Whether the labelled examples are left out of the unlabelled ones. @default false, as in VAT's protocols */
  readonly disjoint?: boolean;
}

/** The two sets of learning from few labels. Ids are those of the whole set in both. */
export interface LabelSubset {
  /** By rising position. */
  readonly labelled: Examples;
  /** All examples, or with `disjoint` all others; every label is `noLabel`, -1. */
  readonly unlabelled: Examples;
}

/** The orders of `fit` are streams 0 and 1; which examples keep their labels must not go with them. */
const stream = 2;

/**
 * How many labels the comparisons of semi-supervised learning keep, as many of every class, all training images being unlabelled inputs:
 * 100 and 1,000 of MNIST, 4,000 of CIFAR-10 (400 a class), 1,000 of SVHN.
 *
 * Source: "Virtual Adversarial Training", T. Miyato, S. Maeda, M. Koyama, S. Ishii, 2018 (arXiv 1704.03976).
 */
export const labelProtocols: {
  readonly mnist: readonly number[];
  readonly 'cifar-10': readonly number[];
  readonly svhn: readonly number[];
} = {
  mnist: [100, 1_000],
  'cifar-10': [4_000],
  svhn: [1_000],
};

/**
 * Keeps a few labels. Which ones is a function of the seed and the labels of the set alone, and those of a larger subset of the same seed are
 * the same and others.
 *
 * @throws GroundstateError `invalid-argument` where there are too few examples, in all or of a class.
 * @example
 * const { labelled, unlabelled } = labelSubset(train, { labels: 4_000, seed: 1 });
 */
export function labelSubset(examples: Examples, options: LabelSubsetOptions): LabelSubset {
  const owner = 'labelSubset';
  checkKeys(owner, options, ['labels', 'seed', 'balanced', 'disjoint']);
  const { seed = 1, balanced = true, disjoint = false } = options;
  checkNumber(owner, 'seed', seed, { integer: true });
  for (const [name, value] of Object.entries({ balanced, disjoint })) {
    if (typeof value !== 'boolean') throw expected(owner, name, 'true or false', value);
  }
  const count = checkNumber(owner, 'labels', options.labels, { integer: true, min: 1, max: examples.size - (disjoint ? 1 : 0) });
  const chosen = chooseExamples({ owner, option: 'labels', labels: examples.labels, count, seed, stream, balanced });
  return {
    labelled: subset(examples, positionsOf(chosen, 1)),
    unlabelled: withoutLabels(disjoint ? subset(examples, positionsOf(chosen, 0)) : examples),
  };
}
