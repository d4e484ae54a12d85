/** Set by the build: 1 with relaxed SIMD (FMA), 0 without. */
declare const RELAXED: boolean;
