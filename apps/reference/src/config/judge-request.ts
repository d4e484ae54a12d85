/** What decides the results of `groundstate judge`. */
import type * as z from 'zod';
import { bitsField, type EvaluateNorm, evaluateNorms } from './evaluate-request';
import { group, number, oneOf, path, text } from './fields';
import { backendField, dataField } from './run-request';

export type JudgeRequest = {
  /** Folder with model.json and its weights. */
  readonly model: string;
  /** A file as `evaluate --save-adversarial` writes it, or as numpy does. */
  readonly adversarial: string;
  readonly dataset: string;
  readonly data: string | null;
  /** null: as the file says. */
  readonly threat: { readonly norm: EvaluateNorm | null; readonly epsilon: number | null };
  readonly bits: number | null;
  readonly backend: string;
  readonly out: string | null;
};

export const judgeRequest: z.ZodType<JudgeRequest> = group({
  model: text('the folder of a saved model'),
  adversarial: text('the path of an npz file'),
  dataset: text('the name of a data set (see `groundstate datasets list`)'),
  data: dataField,
  threat: group({ norm: oneOf(evaluateNorms).nullable(), epsilon: number({ min: 0 }).nullable() }),
  bits: bitsField.nullable(),
  backend: backendField,
  out: path,
});
