/** What `perturb` may be told beside its request; the loop under it reads the same. */

/** Where a running attack stands. */
export interface PerturbProgress {
  readonly attack: string;
  /** Steps done by the attack that runs now. */
  readonly step: number;
  readonly steps: number;
  /** Examples it still works on, of `examples`. */
  readonly active: number;
  readonly examples: number;
}

/** How an attack is run: cancellation, progress, and whether it goes on once an example is fooled. */
export interface PerturbOptions {
  readonly signal?: AbortSignal;
  /** Whether an example that is fooled is done or goes on towards a higher loss. @default 'stop' */
  readonly onFooled?: 'stop' | 'continue';
  /** Called after every step of the attack. */
  readonly onProgress?: (progress: PerturbProgress) => void;
}
