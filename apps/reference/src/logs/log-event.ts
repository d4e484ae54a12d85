/**
 * One line of `logs/<model>/events.jsonl`: what happened when, for people who watch and for the curves of the report. It
 * holds times, and is no part of the results. Of a training's steps the first, the last and about two hundred are logged.
 */
export type LogEvent = { /** ISO 8601. */ readonly at: string } & LogEntry;

/** An event, but for its time. */
export type LogEntry =
  | {
      readonly kind: 'step';
      /** Steps done in the whole training, of `steps`. */
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly learningRate: number;
      /** Of this step's batch, by name. */
      readonly terms: { readonly [term: string]: number };
    }
  | { readonly kind: 'validation'; readonly step: number; readonly epoch: number; readonly clean: number; readonly robust: number }
  | { readonly kind: 'resumed' /** Steps that stand; what was logged after them is void, and gone. */; readonly step: number }
  | {
      readonly kind: 'trained';
      readonly step: number;
      readonly gradientEvaluations: number;
      /** Of the process that ended the training; what was spent before an interruption is not in it. */
      readonly seconds: number;
    }
  | {
      readonly kind: 'attacked';
      /** The last step of the training. */
      readonly step: number;
      readonly clean: number;
      /** Robust accuracy by attack, `worst` among them. */
      readonly robust: { readonly [attack: string]: number };
      readonly seconds: number;
    };

/** The file in a unit's folder of logs. */
export const eventsFile = 'events.jsonl';

/** Whether a step is logged: by its number alone, so that an interrupted training and an undisturbed one log the same. */
export function isLogged(step: number, steps: number): boolean {
  return step === 1 || step === steps || step % Math.ceil(steps / 200) === 0;
}
