/** Examples set aside, to choose by: neither trained on nor reported on. */
import { checkKeys, checkNumber, type Examples, expected, subset } from '@groundstate/core';
import { chooseExamples, positionsOf } from './choose-examples';

/** Options of `validationSplit`: how many examples, and which. */
export interface ValidationSplitOptions {
  /** How many examples are set aside. */
  readonly validation: number;
  /** Decides which ones. @default 1 */
  readonly seed?: number;
  /** As many of every class that occurs (or one more of some); else any, as chance has it. @default true */
  readonly balanced?: boolean;
}

/** Every example is in one of the two, by rising position and with its own id. */
export interface ValidationSplit {
  readonly train: Examples;
  readonly validation: Examples;
}

/** Apart from those of training and from the choice of labels. */
const stream = 3;

/**
 * Sets examples aside. Which ones is a function of the seed and the labels of the set alone. Where labels are few, first set aside, then take
 * `labelSubset` of the rest.
 *
 * @throws GroundstateError `invalid-argument` where there are too few examples, in all or of a class.
 * @example
 * const { train, validation } = validationSplit(all, { validation: 5_000, seed: 1 });
 */
export function validationSplit(examples: Examples, options: ValidationSplitOptions): ValidationSplit {
  const owner = 'validationSplit';
  checkKeys(owner, options, ['validation', 'seed', 'balanced']);
  const { seed = 1, balanced = true } = options;
  checkNumber(owner, 'seed', seed, { integer: true });
  if (typeof balanced !== 'boolean') throw expected(owner, 'balanced', 'true or false', balanced);
  const count = checkNumber(owner, 'validation', options.validation, { integer: true, min: 1, max: examples.size - 1 });
  const chosen = chooseExamples({ owner, option: 'validation', labels: examples.labels, count, seed, stream, balanced });
  return { train: subset(examples, positionsOf(chosen, 0)), validation: subset(examples, positionsOf(chosen, 1)) };
}
