/**
 * How the calling thread and the others talk: for each thread a block of shared memory of its own, with the work that it is given.
 *
 *   state | function | number of arguments | length of the error | arguments, as doubles | text of the error, in UTF-16
 *
 * The state alone says who may write to the block. Every change of it is one atomic operation:
 *
 *   IDLE     -> GIVEN    by the caller, once the arguments are written
 *   IDLE     -> ASLEEP   by the thread, after it has looked at the state for a while; the caller must wake it
 *   ASLEEP   -> GIVEN    by the caller, which then wakes it
 *   GIVEN    -> RUNNING  by the thread
 *   GIVEN    -> IDLE     by the caller, which takes the work back and does it itself
 *   RUNNING  -> AWAITED  by the caller, which sleeps; the thread must wake it
 *   RUNNING, AWAITED -> IDLE by the thread, when the work is done
 *   IDLE, ASLEEP -> ENDED    by the caller, which then wakes it
 *
 * A side sleeps only in Atomics.wait on the state that it has just set itself, so no change between its last look and its
 * sleep is lost.
 */

export const STATES = { IDLE: 0, ASLEEP: 1, GIVEN: 2, RUNNING: 3, AWAITED: 4, ENDED: 5 } as const;

/** Words of 32 bits from the beginning of a block. */
export const WORDS = { STATE: 0, FUNCTION: 1, ARGUMENTS: 2, ERROR: 3 } as const;

const ARGUMENTS_AT = 64;
export const MOST_ARGUMENTS = 40;
const ERROR_AT: number = ARGUMENTS_AT + MOST_ARGUMENTS * Float64Array.BYTES_PER_ELEMENT;
export const LONGEST_ERROR = 192;
const BLOCK_BYTES: number = ERROR_AT + LONGEST_ERROR * Uint16Array.BYTES_PER_ELEMENT;

export interface ControlBlock {
  readonly words: Int32Array;
  readonly given: Float64Array;
  readonly error: Uint16Array;
}

export function createControlBlock(): ControlBlock {
  const buffer = new SharedArrayBuffer(BLOCK_BYTES);
  return {
    words: new Int32Array(buffer, 0, ARGUMENTS_AT / Int32Array.BYTES_PER_ELEMENT),
    given: new Float64Array(buffer, ARGUMENTS_AT, MOST_ARGUMENTS),
    error: new Uint16Array(buffer, ERROR_AT, LONGEST_ERROR),
  };
}
