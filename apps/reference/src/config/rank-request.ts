/** What decides the results of `groundstate rank`, beside what the tuning holds. */
import type * as z from 'zod';
import { group, path, text } from './fields';
import { attacksField, backendField, countField, dataField } from './run-request';

export type RankRequest = {
  /** The folder of a finished tuning. */
  readonly tuning: string;
  /** How often each defence is trained. */
  readonly seeds: number;
  readonly backend: string;
  /** Where the tuning's data is now; null for where it was. */
  readonly data: string | null;
  readonly sizes: { readonly train: number; readonly test: number; readonly epochs: number; readonly attacks: readonly string[] };
  readonly out: string | null;
};

export const rankRequest: z.ZodType<RankRequest> = group({
  tuning: text('the folder of a finished tuning (make one with `groundstate tune mnist`: untuned defences are not ranked)'),
  seeds: countField,
  backend: backendField,
  data: dataField,
  sizes: group({ train: countField, test: countField, epochs: countField, attacks: attacksField }),
  out: path,
});
