/** Times are only comparable between programs that compute the same thing. */
import { distance, type Figures } from '../cases/numbers';

/** Relative to the norm of the answer: float32 sums in another order, steps of a sign that hangs on a rounding. */
export const TOLERANCE = 1e-3;

/** One line for every contender that is not with the others; none where all agree. */
export function disagreements(name: string, answers: Readonly<Record<string, Figures>>): string[] {
  const entries = Object.entries(answers);
  const broken = entries.filter(([, { norm, projection }]) => !Number.isFinite(norm) || !Number.isFinite(projection));
  if (broken.length > 0) return broken.map(([id]) => `${name}: ${id} gives numbers that are not finite.`);
  const apart = (left: Figures, right: Figures): boolean => distance(left, right) > TOLERANCE;
  // The reference is whoever most others agree with: the odd one out is to be named, even if it comes first.
  const [reference] = [...entries].sort(([, left], [, right]) => against(left) - against(right));
  function against(one: Figures): number {
    return entries.filter(([, other]) => apart(other, one)).length;
  }
  return entries
    .filter(([, figures]) => apart(reference![1], figures))
    .map(([id, figures]) => `${name}: ${id} is ${distance(reference![1], figures).toExponential(1)} from ${reference![0]}.`);
}
