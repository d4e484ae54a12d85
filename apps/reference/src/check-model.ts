/** Whether a model and a data set belong together. Asked before the first attack: what comes later would be a fault of some kernel. */
import { type DatasetCard, GroundstateError, type Model } from '@groundstate/core';

/** `place`: where the model is, as the user said it. */
export function checkModel(owner: string, place: string, model: Model, { name, shape, classes }: DatasetCard): void {
  const refuse = (rule: string, got: string): never => {
    const advice = 'Name the data set that the model was trained on, or another model.';
    throw new GroundstateError(
      'invalid-argument',
      `${owner}: expected \`${place}\` to be a model of ${rule}, got one of ${got}. ${advice}`,
    );
  };
  const [wanted, given] = [shape, model.inputShape].map((sizes) => `[${sizes.join(', ')}]`) as [string, string];
  if (wanted !== given) refuse(`inputs of shape ${wanted}, as ${name} has them`, `shape ${given}`);
  if (model.classes !== classes) refuse(`the ${classes} classes of ${name}`, `${model.classes}`);
}
