/** `convnet` of @groundstate/models with the weights of the cases, so that other libraries can have the same network. */
import { convnet, type LayersClassifier } from '@groundstate/models';
import * as tf from '@tensorflow/tfjs-core';
import type { Network } from '../cases/work';
import { initialWeights } from './network';

export function convnetOf(network: Network): LayersClassifier {
  const model = convnet({ seed: 0 });
  resetConvnet(model, network);
  return model;
}

/** The initial weights again. */
export function resetConvnet(model: LayersClassifier, { layers }: Network): void {
  const variables = Object.values(model.weights);
  tf.tidy(() =>
    layers.flatMap(initialWeights).forEach((tensor, index) => {
      variables[index]!.assign(tensor);
    }),
  );
}
