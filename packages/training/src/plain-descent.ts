/** The gradient of the terms' sum where the weights stand: what training does unless a defence says otherwise. */
import { type Descent, freeFailedTape, type Terms } from '@groundstate/core';
import type { NamedTensorMap, Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * @example
 * const defence = { ...standard(), descent: plainDescent() };
 */
export function plainDescent(): Descent {
  return {
    name: 'plain',
    gradients: (model, terms, _context, memory) => {
      const variables = Object.values(model.weights);
      let seen: Terms = {};
      let grads: NamedTensorMap;
      try {
        ({ grads } = freeFailedTape(() =>
          tf.variableGrads(() => {
            const made = terms();
            // Kept past the tape, which frees everything but the sum; copies, because the sum may be one of the terms.
            seen = Object.fromEntries(Object.entries(made).map(([name, term]) => [name, tf.keep(tf.clone(term))]));
            return Object.values(made).reduce((sum, term) => tf.add(sum, term) as Scalar);
          }, variables),
        ));
      } catch (error) {
        tf.dispose({ ...seen });
        throw error;
      }
      const gradients: NamedTensorMap = {};
      for (const [name, variable] of Object.entries(model.weights)) {
        const gradient = grads[variable.name];
        if (gradient) gradients[name] = gradient;
      }
      return { gradients, terms: released(seen), memory };
    },
  };
}

/** Hands kept tensors back to the tidy around: copies that it owns. */
function released(kept: Terms): Terms {
  return Object.fromEntries(
    Object.entries(kept).map(([name, term]) => {
      const owned = tf.clone(term);
      term.dispose();
      return [name, owned];
    }),
  );
}
