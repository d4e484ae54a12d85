/** assembly/broadcast.ts: pointwise operations with repetition, choices and gathers. */

/** What `combine` does; the numbers are those of assembly/broadcast.ts. */
export const OPERATIONS = {
  copy: 0,
  add: 1,
  subtract: 2,
  multiply: 3,
  divide: 4,
  maximum: 5,
  minimum: 6,
  squaredDifference: 7,
  greater: 8,
  greaterEqual: 9,
  less: 10,
  lessEqual: 11,
  equal: 12,
  notEqual: 13,
  and: 14,
  or: 15,
  nor: 16,
} as const;

export type Operation = keyof typeof OPERATIONS;

/** Numbers of a long line that are one piece of work. */
export const PIECE = 16384;

/** Bytes that one thread of `combine` works in. */
export const COMBINE_SCRATCH = 8192;

export interface BroadcastFunctions {
  /** `from` and `to` are pieces of lines, strides and periods numbers, `size` and `resultSize` bytes. */
  combine(
    operation: number,
    from: number,
    to: number,
    lines: number,
    run: number,
    size: number,
    resultSize: number,
    a: number,
    aPlane: number,
    aLine: number,
    aPeriod: number,
    b: number,
    bPlane: number,
    bLine: number,
    bPeriod: number,
    output: number,
    scratch: number,
  ): void;
  /** `from` and `to` are numbers of 4 bytes; the condition has a byte for each. */
  choose(from: number, to: number, condition: number, yes: number, no: number, output: number): void;
  /** `from` and `to` are slices of the result, `bytes` each. */
  gather(
    from: number,
    to: number,
    x: number,
    indices: number,
    outer: number,
    length: number,
    slots: number,
    bytes: number,
    output: number,
  ): void;
}
