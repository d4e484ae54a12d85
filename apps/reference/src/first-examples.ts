import { type Examples, subset } from '@groundstate/core';

/** The first `count` examples, or all where there are fewer. */
export function firstExamples(examples: Examples, count: number): Examples {
  return subset(
    examples,
    Int32Array.from({ length: Math.min(count, examples.size) }, (_, i) => i),
  );
}
