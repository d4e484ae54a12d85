import type { Examples } from '../contract/data';
import { checkNumber } from '../errors';

/**
 * Some of the examples, by position. Their ids stay their own, so noise and results do not change with the subset.
 *
 * @example
 * const validation = subset(train, Int32Array.from({ length: 1000 }, (_, i) => 59000 + i));
 */
export function subset(examples: Examples, positions: Int32Array): Examples {
  for (const position of positions) {
    checkNumber('subset', 'positions', position, { integer: true, min: 0, max: examples.size - 1 });
  }
  return {
    size: positions.length,
    labels: positions.map((position) => examples.labels[position]!),
    read: async (chosen) => {
      // Past the end a typed array has no value, which another would take for 0: the wrong example, without a word.
      for (const position of chosen) checkNumber('subset', 'positions', position, { integer: true, min: 0, max: positions.length - 1 });
      return examples.read(chosen.map((position) => positions[position]!));
    },
  };
}
