/** What a run writes down: everything that the tables are made of. */
import { short, type Times, timesOf } from './statistics';

/** What was measured of one contender at one case, or why nothing was. */
export type Sample =
  | {
      /** Milliseconds of every call. */
      readonly times: readonly number[];
      /** The shortest call of each visit, in order. */
      readonly shortest: readonly number[];
      /** Such as the layout of memory that was the faster one. */
      readonly note?: string;
    }
  | { readonly unable: string };

/** A sample as it is written down. */
export type Result =
  | (Times & {
      readonly shortest: readonly number[];
      readonly note?: string;
    })
  | { readonly unable: string };

/** What a contender is to the tables: the machine's peak, our kernels, what they are compared with, or another. */
export type Role = 'machine' | 'ours' | 'torch' | 'other';

export type RecordedContender = {
  readonly id: string;
  readonly title: string;
  readonly role: Role;
  readonly threads: number;
  /** The share of one core that it took while others were measured. */
  readonly idleShare: number;
};

export type RecordedCase = {
  readonly name: string;
  readonly group: string;
  readonly operations?: number;
  /** By the id of the contender. One that has no such work is left out. */
  readonly results: Readonly<Record<string, Result>>;
};

export type BenchRecord = {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: { readonly processor: string; readonly cores: number; readonly platform: string };
  readonly node: string;
  readonly rounds: number;
  /** Neither shortened nor a selection. */
  readonly whole: boolean;
  readonly contenders: readonly RecordedContender[];
  readonly missing: readonly { readonly id: string; readonly reason: string }[];
  readonly cases: readonly RecordedCase[];
};

/** The times of a contender, where it has any. */
export function timesIn(record: BenchRecord, name: string, id: string): (Times & { readonly note?: string }) | undefined {
  const result = record.cases.find((one) => one.name === name)?.results[id];
  return result && 'minimum' in result ? result : undefined;
}

export function resultOf(sample: Sample): Result {
  if ('unable' in sample) return sample;
  const { times, shortest, ...rest } = sample;
  return { ...timesOf(times), shortest: shortest.map(short), ...rest };
}

/** One sample of several: the peak is measured in every group. */
export function merged(samples: readonly Sample[]): Sample {
  return samples.reduce((whole, next) => {
    if ('unable' in whole || 'unable' in next) return next;
    return { ...next, times: [...whole.times, ...next.times], shortest: [...whole.shortest, ...next.shortest] };
  });
}
