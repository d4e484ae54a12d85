/** A module small enough to be written by hand, for the tests of the threads. */
import type { KernelFunctionName } from '../src/module/kernel-functions';

const sized = (...bytes: number[]): number[] => [bytes.length, ...bytes];
const text = (word: string): number[] => sized(...[...word].map((letter) => letter.charCodeAt(0)));

/**
 * A module on a shared memory of 1 to 65536 pages: raise(address, from, to) adds one to the integers [from, to) at an address,
 * fail(item) traps where `item` is not 0.
 */
export const smallModule: Uint8Array<ArrayBuffer> = Uint8Array.from(
  [
    [0, 97, 115, 109, 1, 0, 0, 0],
    [1, ...sized(2, 96, 3, 127, 127, 127, 0, 96, 1, 127, 0)],
    [2, ...sized(1, ...text('env'), ...text('memory'), 2, 3, 1, 128, 128, 4)],
    [3, ...sized(2, 0, 1)],
    [7, ...sized(2, ...text('raise'), 0, 0, ...text('fail'), 0, 1)],
    [
      10,
      ...sized(
        2,
        // block loop (from >= to: leave); address + 4 from = [address + 4 from] + 1; from += 1; again
        ...sized(
          ...[0, 2, 64, 3, 64, 32, 1, 32, 2, 78, 13, 1],
          ...[32, 0, 32, 1, 65, 2, 116, 106, 32, 0, 32, 1, 65, 2, 116, 106, 40, 2, 0, 65, 1, 106, 54, 2, 0],
          ...[32, 1, 65, 1, 106, 33, 1, 12, 0, 11, 11, 11],
        ),
        // if (item) unreachable
        ...sized(0, 32, 0, 4, 64, 0, 11, 11),
      ),
    ],
  ].flat(),
);

export const RAISE = 'raise' as KernelFunctionName;
export const FAIL = 'fail' as KernelFunctionName;
