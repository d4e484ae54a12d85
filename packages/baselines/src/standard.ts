/** Standard training: the mean cross-entropy of the clean examples, nothing else. What every defence is compared with. */
import { cleanLoss, type Defence } from '@groundstate/core';

/**
 * One gradient evaluation an example and step.
 *
 * @example
 * standard();
 */
export function standard(): Defence {
  return { name: 'standard', objective: cleanLoss() };
}
