/** The gradient of the terms' sum where the weights stand: what training does unless a defence says otherwise. */
import { type Descent, weightGradients } from '@groundstate/core';

/**
 * @example
 * const defence = { ...standard(), descent: plainDescent() };
 */
export function plainDescent(): Descent {
  return {
    name: 'plain',
    gradients: (model, terms, _context, memory) => {
      const { gradients, terms: values } = weightGradients(model, () => terms());
      return { gradients, terms: values, memory };
    },
  };
}
