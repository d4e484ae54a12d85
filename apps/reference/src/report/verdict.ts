/** What a difference of two trainings shows. */
import type { PairedDifference } from '@groundstate/metrics';

export type Verdict = 'ahead with these trainings' | 'behind with these trainings' | 'not shown';

/** What the interval shows, no more: it is about other images, and knows of one training of each model alone. */
export function verdictOf({ low, high }: PairedDifference): Verdict {
  if (low !== null && low > 0) return 'ahead with these trainings';
  return high !== null && high < 0 ? 'behind with these trainings' : 'not shown';
}
