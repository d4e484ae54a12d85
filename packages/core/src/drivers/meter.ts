/** Counts passes: what a result cost. One forward and one backward pass on one example is a gradient evaluation. */
export interface Meter {
  forwards: number;
  backwards: number;
}

/** A meter at zero. */
export function createMeter(): Meter {
  return { forwards: 0, backwards: 0 };
}
