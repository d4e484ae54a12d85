/** What decides the results of `groundstate tune`. */
import * as z from 'zod';
import { group, path, texts } from './fields';
import { attacksField, backendField, countField, dataField, type RunRequest, seedField, trainingThreat } from './run-request';

export type TuneRequest = Pick<RunRequest, 'seed' | 'backend' | 'data' | 'threat' | 'out'> & {
  /** Of every contender; the first is untuned. */
  readonly trials: number;
  /** By name; `['all']` for everybody. */
  readonly contenders: readonly string[];
  readonly sizes: {
    readonly train: number;
    readonly validation: number;
    readonly epochs: number;
    readonly batchSize: number;
    readonly attacks: readonly string[];
  };
};

const sizes: z.ZodType<TuneRequest['sizes']> = group({
  train: countField,
  validation: countField,
  epochs: countField,
  batchSize: countField,
  attacks: attacksField,
});

/** Names in one text, with commas, are a list too. */
const names = z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), texts("'all', or a list of contenders"));

export const tuneRequest: z.ZodType<TuneRequest> = group({
  seed: seedField,
  backend: backendField,
  data: dataField,
  threat: trainingThreat,
  trials: countField,
  contenders: names,
  sizes,
  out: path,
});
