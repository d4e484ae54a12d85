/** What decides the results of `groundstate train`. It stands in the run's config.json under `request`, and repeats the training from there. */
import type * as z from 'zod';
import { group, number, oneOf, path, text } from './fields';
import { backendField, countField, dataField, seedField } from './run-request';

export type TrainRequest = {
  /** As `datasets list` names them; null for MNIST where `data` has it, else synthetic digits. */
  readonly dataset: string | null;
  readonly data: string | null;
  /** As `models list` names them, with options: `mlp:hidden=256+256`. */
  readonly model: string;
  /** As `defences list` names them, with options: `pgd-at:steps=10`. */
  readonly defence: string;
  /** What is trained against, and validated with. */
  readonly threat: { readonly norm: 'linf' | 'l2' | 'l1'; readonly epsilon: number };
  readonly sizes: {
    /** Training images, drawn by the seed; null for all that the validation leaves. */
    readonly train: number | null;
    readonly epochs: number;
    readonly batchSize: number;
  };
  /** A tenth of it for the last quarter of the training. */
  readonly learningRate: number;
  readonly validation: {
    /** Training images held out, to choose the best epoch by; 0 for none, and the last epoch. */
    readonly images: number;
    /** As `attacks list` names them. */
    readonly attack: string;
    /** Epochs without a rise of the robust accuracy after which the training stops; null for never. */
    readonly patience: number | null;
  };
  readonly seed: number;
  readonly backend: string;
  /** Where the run goes. It decides nothing, and is not kept. */
  readonly out: string | null;
};

const dataset = text('the name of a data set (see `groundstate datasets list`), or null for the digits that are there').nullable();

export const trainRequest: z.ZodType<TrainRequest> = group({
  dataset,
  data: dataField,
  model: text('a model, such as convnet or mlp:hidden=256+256 (see `groundstate models list`)'),
  defence: text('a defence, such as standard or pgd-at:steps=10 (see `groundstate defences list`)'),
  threat: group({ norm: oneOf(['linf', 'l2', 'l1']), epsilon: number({ above: 0 }) }),
  sizes: group({ train: countField.nullable(), epochs: countField, batchSize: countField }),
  learningRate: number({ above: 0 }),
  validation: group({
    images: number({ integer: true, min: 0 }),
    attack: text('an attack, such as pgd:steps=10 (see `groundstate attacks list`)'),
    patience: countField.nullable(),
  }),
  seed: seedField,
  backend: backendField,
  out: path,
});
