/** What decides the results of `groundstate evaluate`. */
import type * as z from 'zod';
import { group, number, oneOf, path, text } from './fields';
import { attacksField, backendField, countField, dataField, seedField } from './run-request';

export type EvaluateRequest = {
  /** Folder with model.json and its weights. */
  readonly model: string;
  readonly dataset: string;
  readonly data: string | null;
  readonly threat: { readonly norm: 'linf' | 'l2' | 'l1'; readonly epsilon: number };
  readonly attacks: readonly string[];
  /** The first n test images; null for all. */
  readonly limit: number | null;
  readonly backend: string;
  readonly seed: number;
  readonly out: string | null;
};

export const evaluateRequest: z.ZodType<EvaluateRequest> = group({
  model: text('the folder of a saved model'),
  dataset: text('the name of a data set (see `groundstate datasets list`)'),
  data: dataField,
  threat: group({ norm: oneOf(['linf', 'l2', 'l1']), epsilon: number({ min: 0 }) }),
  attacks: attacksField,
  limit: countField.nullable(),
  backend: backendField,
  seed: seedField,
  out: path,
});
