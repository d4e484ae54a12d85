import type { Model, TrainableModel } from '../contract/model';

/**
 * The mode for passes in which the loss of an example must be a function of that example alone: the points of a path, the
 * ends of a difference. With batch statistics (buffers) that is inference only, and such passes share nothing with the
 * clean one. Without, training mode: dropout takes part, with the example's mask, and the clean pass is shared.
 *
 * @example
 * context.model.logits(points, { mode: steadyMode(context.model), noise: context.labelled.noise });
 */
export function steadyMode(model: Model): 'inference' | 'training' {
  const { buffers } = model as Partial<TrainableModel>;
  return buffers && Object.keys(buffers).length > 0 ? 'inference' : 'training';
}
