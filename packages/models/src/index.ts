export type { ArchitectureOptions } from './check-architecture';
export { type ConvnetOptions, convnet } from './convnet';
export { fromLayersModel, type LayersClassifier, type LayersModelOptions } from './from-layers-model';
export type { HiddenActivation } from './initialise';
export { type KeyedDropoutOptions, keyedDropout, registerLayers } from './keyed-dropout';
export type { HeadOption } from './logits-view';
export { type MlpOptions, mlp } from './mlp';
export { loadModel, saveModel } from './serialise';
