/** Labels for a few examples, none for the others: the setting of semi-supervised learning. */
import type { Examples } from '../contract/data';
import { checkKeys, checkNumber, checkOneOf, expected } from '../errors';
import { order } from './order';
import { subset } from './subset';

/** The orders of `fit` are streams 0 and 1; which examples keep their labels must not go with them. */
const stream = 2;

/** Options of `labelSubset`: how many labels, and which. */
export interface LabelSubsetOptions {
  /** Labels of each class. Give this or `count`. */
  readonly perClass?: number;
  /** Labels in all, the same number of each class: a multiple of the number of classes. */
  readonly count?: number;
  /** Decides which examples keep their labels. */
  readonly seed: number;
  /** Which examples come back without labels: all of them (as VAT has it), or those that are not labelled. @default 'all' */
  readonly unlabelled?: 'all' | 'rest';
}

/** The two halves of learning from few labels. */
export interface LabelSubset {
  /** As many of every class, by rising position. */
  readonly labelled: Examples;
  /** Their `labels` are there as ever, for tables; training passes them over. */
  readonly unlabelled: Examples;
}

/**
 * Chooses examples of every class that occurs, as many of each. Ids stay the examples' own. Throws where a class has too few.
 *
 * @example
 * const { labelled, unlabelled } = labelSubset(train, { perClass: 400, seed: 0 }); // CIFAR-10 with 4,000 labels
 */
export function labelSubset(examples: Examples, options: LabelSubsetOptions): LabelSubset {
  checkKeys('labelSubset', options, ['perClass', 'count', 'seed', 'unlabelled']);
  const others = checkOneOf('labelSubset', 'unlabelled', options.unlabelled ?? 'all', ['all', 'rest'] as const);
  const seed = checkNumber('labelSubset', 'seed', options.seed, { integer: true });
  const classes = [...new Set(examples.labels)].sort((a, b) => a - b);
  const perClass = labelsPerClass(options, classes.length);
  const left = new Map(classes.map((label) => [label, perClass]));
  const chosen = new Set<number>();
  for (const position of order(examples.size, { seed, epoch: 0, stream })) {
    const label = examples.labels[position]!;
    const missing = left.get(label)!;
    if (missing === 0) continue;
    left.set(label, missing - 1);
    chosen.add(position);
  }
  const short = classes.find((label) => left.get(label)! > 0);
  if (short !== undefined) {
    const has = `${perClass - left.get(short)!} of class ${short}`;
    throw expected('labelSubset', 'examples', `at least ${perClass} of every class`, has, 'Ask for fewer labels.');
  }
  const positions = Int32Array.from({ length: examples.size }, (_, i) => i);
  return {
    labelled: subset(
      examples,
      positions.filter((position) => chosen.has(position)),
    ),
    unlabelled:
      others === 'all'
        ? examples
        : subset(
            examples,
            positions.filter((position) => !chosen.has(position)),
          ),
  };
}

function labelsPerClass({ perClass, count }: LabelSubsetOptions, classes: number): number {
  if ((perClass === undefined) === (count === undefined)) {
    throw expected('labelSubset', 'perClass', 'given, or `count`, one of the two', perClass === undefined ? 'neither' : 'both');
  }
  if (perClass !== undefined) return checkNumber('labelSubset', 'perClass', perClass, { integer: true, min: 1 });
  checkNumber('labelSubset', 'count', count, { integer: true, min: 1 });
  if (count! % classes !== 0) throw expected('labelSubset', 'count', `a multiple of the ${classes} classes`, count);
  return count! / classes;
}
