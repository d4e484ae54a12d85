/** A smooth wave of period 1 and height 1, made of two parabolas: a sine would differ in its last bits from engine to engine. */
export function wave(t: number): number {
  const phase = t - Math.floor(t);
  return phase < 0.5 ? 16 * phase * (0.5 - phase) : -16 * (phase - 0.5) * (1 - phase);
}
