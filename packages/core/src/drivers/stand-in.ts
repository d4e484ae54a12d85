/** Models that answer in the place of others, so that one can tell whose answers they are. */
import type { Model } from '../contract/model';

const originals = new WeakMap<Model, Model>();

/** Notes that `model` stands in for `original`. Returns it. */
export function standIn(model: Model, original: Model): Model {
  originals.set(model, originalOf(original));
  return model;
}

/** The model itself, without what a step put around it: passes that are no part of the training are not counted as such. */
export function originalOf(model: Model): Model {
  return originals.get(model) ?? model;
}
