/**
 * One line of `logs/<model>/events.jsonl`: what happened when, for people who watch and for the curves of the report. It
 * holds times, and is no part of the results.
 */
export type LogEvent = { /** ISO 8601. */ readonly at: string } & (
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly learningRate: number;
      /** Of this step's batch, by name. */
      readonly terms: { readonly [term: string]: number };
    }
  | { readonly kind: 'validation'; readonly step: number; readonly epoch: number; readonly clean: number; readonly robust: number }
  | { readonly kind: 'resumed' /** Steps that stand; what was logged after them is void. */; readonly step: number }
  | { readonly kind: 'trained'; readonly step: number; readonly gradientEvaluations: number; readonly seconds: number }
  | {
      readonly kind: 'attacked';
      readonly step: number;
      readonly clean: number;
      /** Robust accuracy by attack, `worst` among them. */
      readonly robust: { readonly [attack: string]: number };
      readonly seconds: number;
    }
);
