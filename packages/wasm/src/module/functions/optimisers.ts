/**
 * The compiled steps of optimisers and the checks of what they made: assembly/optimisers.ts and assembly/finite.ts. Addresses
 * are those of the first of `count` floats; all other numbers are plain factors, rounded to float32 on the way in.
 */
export interface OptimiserFunctions {
  adamStep(
    weight: number,
    gradient: number,
    m: number,
    v: number,
    newWeight: number,
    newM: number,
    newV: number,
    count: number,
    beta1: number,
    /** 1 - beta1, subtracted in double precision; likewise of beta2. */
    restOfBeta1: number,
    beta2: number,
    restOfBeta2: number,
    /** 1 - beta2^t */
    correction: number,
    epsilon: number,
    /** The learning rate over 1 - beta1^t. */
    rate: number,
    /** What the weight is multiplied by first. */
    shrink: number,
  ): void;
  sgdStep(
    weight: number,
    gradient: number,
    newWeight: number,
    count: number,
    /** 1 or 0: whether weight decay takes part. */
    decays: number,
    weightDecay: number,
    rate: number,
  ): void;
  momentumStep(
    weight: number,
    gradient: number,
    velocity: number,
    newWeight: number,
    newVelocity: number,
    count: number,
    /** 1 or 0, as `nesterov`. */
    decays: number,
    nesterov: number,
    weightDecay: number,
    momentum: number,
    rate: number,
  ): void;
  moveTowards(from: number, to: number, moved: number, count: number, share: number): void;
  /** Writes 0 to the int32 at the address `verdict` when a number is NaN or infinite. */
  checkFinite(values: number, count: number, verdict: number): void;
  /** Blocks of `length` floats, `count` floats in all; a double per block at the address `sums`. */
  sumSquares(values: number, count: number, length: number, from: number, to: number, sums: number): void;
}
