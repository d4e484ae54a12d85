/** Results of an outside library (torch, float64), from the fixtures of the testing package. */
import { readFileSync } from 'node:fs';

export type Numbers = { readonly shape: readonly number[]; readonly data: readonly number[] };
type ReferenceModel = {
  readonly y: Numbers;
  readonly logits: Numbers;
  readonly ce: Numbers;
  readonly closedForm: Readonly<Record<'logitsMoved' | 'ceMoved' | 'kl' | 'dlr' | 'margin', Numbers>>;
};

export const reference: {
  readonly models: { readonly mlp: ReferenceModel; readonly convnet: ReferenceModel };
  readonly l1Projection: Readonly<Record<'x0' | 'v' | 'eps' | 'joint' | 'alpha' | 'duchi' | 'theta', Numbers>>;
} = JSON.parse(readFileSync(new URL('../../testing/fixtures/reference.json', import.meta.url), 'utf8'));
