/** The gradients of the terms' sum for the weights as they stand, and the terms: what descents are made of. */
import type { NamedTensorMap, Scalar, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { TrainableModel } from '../contract/model';
import type { Terms } from '../contract/objective';
import { freeFailedTape } from '../substrate/failed-tape';

/** What one pass over the terms gave: gradients, and the terms themselves. */
export type WeightGradients = {
  /** By weight name; a weight that the terms do not depend on is left out. */
  readonly gradients: NamedTensorMap;
  /** By their own names: gradients of `others`. */
  readonly others: NamedTensorMap;
  readonly terms: Terms;
};

/**
 * One pass over the terms. Call it inside a tidy, which owns what comes back.
 *
 * @example
 * const { gradients, terms } = weightGradients(model, () => step.onTape(() => objective.evaluate(step.context, constants)));
 */
export function weightGradients(
  model: TrainableModel,
  terms: () => Terms,
  others: Readonly<Record<string, Variable>> = {},
): WeightGradients {
  let kept: Terms = {};
  try {
    const { grads } = freeFailedTape(() =>
      tf.variableGrads(() => {
        const made = terms();
        // Kept past the tape, which frees everything but the sum; copies, because the sum may be one of the terms.
        kept = mapped(made, (term) => tf.keep(tf.clone(term)));
        return Object.values(made).reduce((sum, term) => tf.add(sum, term) as Scalar);
      }, [...Object.values(model.weights), ...Object.values(others)]),
    );
    return { gradients: byName(model.weights, grads), others: byName(others, grads), terms: mapped(kept, (term) => tf.clone(term)) };
  } finally {
    tf.dispose({ ...kept });
  }
}

function mapped(terms: Terms, change: (term: Scalar) => Scalar): Terms {
  return Object.fromEntries(Object.entries(terms).map(([name, term]) => [name, change(term)]));
}

function byName(variables: Readonly<Record<string, Variable>>, grads: NamedTensorMap): NamedTensorMap {
  const found: NamedTensorMap = {};
  for (const [name, variable] of Object.entries(variables)) {
    const gradient = grads[variable.name];
    if (gradient) found[name] = gradient;
  }
  return found;
}
