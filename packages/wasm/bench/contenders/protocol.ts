/**
 * What the benchmark and its contenders say to each other: one line of JSON each way on the standard streams of the child,
 * one request at a time. A child that has no request sleeps.
 */
import type { Figures } from '../cases/numbers';
import type { Work } from '../cases/work';

export type Request =
  | { readonly do: 'hello' }
  /** Builds the inputs, computes the answer once, warms up for so many milliseconds: V8 compiles anew what it finds hot. */
  | { readonly do: 'prepare'; readonly name: string; readonly work: Work; readonly warm: number }
  /** Calls it `calls` times, after one that does not count where `lead` is set: caches have been used by others. */
  | { readonly do: 'visit'; readonly name: string; readonly calls: number; readonly lead: boolean }
  /** Lets go of all cases. */
  | { readonly do: 'release' };

/** In milliseconds: processor time of the whole process when the request came and when the answer left. */
export type Processor = { readonly before: number; readonly after: number };

export type Hello = {
  /** With its version, for the head of the table. */
  readonly title: string;
  readonly kinds: readonly Work['kind'][];
};

export type Prepared =
  | {
      readonly figures: Figures;
      /** A guess at the milliseconds of one call. */
      readonly guess: number;
      /** A call so long that it is not repeated: this was it. */
      readonly once?: boolean;
      /** What the table says of it. */
      readonly note?: string;
    }
  | { readonly unable: string };

export type Visited = { readonly milliseconds: readonly number[] };

export type Answer = (Hello | Prepared | Visited | { readonly error: string } | Record<string, never>) & { readonly processor: Processor };

/** A call longer than this, in milliseconds, is made once: stock kernels can take twenty seconds. */
export const ONCE = 2000;
/** Calls in a warm-up, at the fewest. */
export const FEWEST = 3;
