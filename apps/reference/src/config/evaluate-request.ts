/** What decides the results of `groundstate evaluate`. */
import type * as z from 'zod';
import { group, number, oneOf, path, text, truth } from './fields';
import { attacksField, backendField, countField, dataField, seedField } from './run-request';

/** Those that an attack of ours is defined for; nobody trains under l0. */
export const evaluateNorms = ['linf', 'l2', 'l1', 'l0'] as const;
export type EvaluateNorm = (typeof evaluateNorms)[number];

export type EvaluateRequest = {
  /** Folder with model.json and its weights. */
  readonly model: string;
  readonly dataset: string;
  readonly data: string | null;
  readonly threat: { readonly norm: EvaluateNorm; readonly epsilon: number };
  /** Each meets all images, or with `survivorsOnly` those that all before it left standing. */
  readonly attacks: readonly string[];
  readonly survivorsOnly: boolean;
  /** Judges adversarial images a second time, rounded to so many bits; null for no. */
  readonly bits: number | null;
  /** The first n test images; null for all. */
  readonly limit: number | null;
  readonly backend: string;
  readonly seed: number;
  /** Neither decides a result, and neither is kept: where the evaluation and the adversarial images go. */
  readonly out: string | null;
  readonly saveAdversarial: string | null;
};

export const bitsField: z.ZodType<number> = number({ integer: true, min: 1, max: 16 });

export const evaluateRequest: z.ZodType<EvaluateRequest> = group({
  model: text('the folder of a saved model'),
  dataset: text('the name of a data set (see `groundstate datasets list`)'),
  data: dataField,
  threat: group({ norm: oneOf(evaluateNorms), epsilon: number({ min: 0 }) }),
  attacks: attacksField,
  survivorsOnly: truth,
  bits: bitsField.nullable(),
  limit: countField.nullable(),
  backend: backendField,
  seed: seedField,
  out: path,
  saveAdversarial: path,
});
