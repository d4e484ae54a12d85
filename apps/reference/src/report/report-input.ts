/** Everything a report is made from. It is read from a run's folder by `readReportInput`, or put together by whoever wants a page. */
import type { Audit } from '../audit/audit';
import type { Comparison } from '../comparison/comparison';
import type { LogEvent } from '../logs/log-event';
import type { Results } from '../results';
import type { SideBySide } from '../side-by-side/side-by-side';

/** What config.json says, as far as a report quotes it: every field may be missing, as in runs of earlier versions. */
export type ReportConfig = {
  readonly command?: string;
  readonly environment?: { readonly [name: string]: unknown };
  readonly pipeline?: string;
  readonly preset?: string;
  /** What the preset says of itself. */
  readonly about?: string;
  readonly sizes?: { readonly [name: string]: unknown };
  readonly seed?: number;
  readonly seeds?: readonly number[];
  readonly data?: string | null;
  /** What `--config` takes to make the run again. */
  readonly request?: unknown;
};

/** Seconds by part of the work (training, evaluation, ...). */
export type ReportTimings = { readonly [model: string]: { readonly [part: string]: number } };

type Common = {
  /** Name of the run's folder. */
  readonly folder: string;
  readonly config: ReportConfig | null;
  readonly timings: ReportTimings | null;
  /** What was found damaged while reading, a sentence each: it stands on the page. */
  readonly remarks: readonly string[];
};

export type RunReportInput = Common & {
  readonly kind: 'run';
  readonly results: Results;
  /** null where the folder has none. */
  readonly audit: Audit | null;
  /** By the model's key; one without a log is not in it. */
  readonly logs: { readonly [model: string]: readonly LogEvent[] };
  /** `data:` addresses by the paths that the audit gives. */
  readonly images: { readonly [path: string]: string };
};

export type ComparisonReportInput = Common & { readonly kind: 'comparison'; readonly comparison: Comparison };

/** Its folder holds nothing but the figures: what was run, and how, the compared folders tell. */
export type SideBySideReportInput = { readonly kind: 'side-by-side'; readonly folder: string; readonly sideBySide: SideBySide };

export type ReportInput = RunReportInput | ComparisonReportInput | SideBySideReportInput;
