/** A budget as one types it: a small one as so many steps of a byte, where it is. */
export function showBudget(epsilon: number): string {
  const steps = Math.round(255 * epsilon);
  return epsilon < 0.1 && Math.abs(255 * epsilon - steps) < 1e-9 ? `${steps}/255` : String(epsilon);
}
