/** config.json of a run of a pipeline: everything that decides the results, and what it ran on. */
import type { RunRequest } from '../config/run-request';
import type { Requested } from '../config/sealed';
import type { Environment } from '../environment';
import type { PipelineName } from './pipeline';

/** Presets are spelt out: a later version of one changes nothing in a run that was begun. */
export type RunConfig = Environment &
  Requested<RunRequest> &
  Omit<RunRequest, 'out' | 'seeds'> & {
    readonly schema: 'groundstate/config@1';
    readonly pipeline: PipelineName;
    /** What the preset says of itself. */
    readonly about: string;
    /** One model of each defence for each of them. */
    readonly seeds: readonly number[];
  };
