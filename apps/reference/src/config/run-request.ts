/** What decides the results of `groundstate run`. It stands in the run's config.json under `request`, and repeats the run from there. */
import type * as z from 'zod';
import type { AuditSizes } from '../audit/audit';
import { backends } from '../backend/backends';
import { type Preset, type PresetName, presets } from '../presets';
import { group, number, oneOf, path, text, texts } from './fields';

export type RunRequest = {
  readonly preset: PresetName;
  readonly seed: number;
  readonly backend: string;
  /** The folder with the data; null for synthetic digits. */
  readonly data: string | null;
  readonly threat: { readonly norm: 'linf' | 'l2'; readonly epsilon: number };
  /** As `defences list` names them, with options: `pgd-at:steps=10`. */
  readonly defences: readonly string[];
  /** Those of the preset, unless said otherwise. */
  readonly sizes: Omit<Preset, 'about'>;
  /** Where the run goes. It decides nothing, and is not kept. */
  readonly out: string | null;
};

export const backendField: z.ZodType<string> = oneOf(['auto', ...backends.map(({ name }) => name)]);
export const seedField: z.ZodType<number> = number({ integer: true, min: 0 });
export const countField: z.ZodType<number> = number({ integer: true, min: 1 });
export const attacksField: z.ZodType<readonly string[]> = texts('a list of attacks, such as ["pgd:steps=40", "apgd-ce"]');
export const dataField: z.ZodType<string | null> = text('the path of a folder, or null for synthetic digits').nullable();
export const trainingThreat: z.ZodType<RunRequest['threat']> = group({ norm: oneOf(['linf', 'l2']), epsilon: number({ above: 0 }) });

const audit: z.ZodType<AuditSizes> = group({ images: countField, steps: countField, samples: number({ integer: true, min: 0 }) });

export const runRequest: z.ZodType<RunRequest> = group({
  preset: oneOf(Object.keys(presets) as PresetName[]),
  seed: seedField,
  backend: backendField,
  data: dataField,
  threat: trainingThreat,
  defences: texts('a list of defences, such as ["standard", "pgd-at:steps=10"]'),
  sizes: group({ train: countField, epochs: countField, batchSize: countField, test: countField, attacks: attacksField, audit }),
  out: path,
});
