export type { HiddenActivation } from './activations';
export type { ArchitectureOptions } from './check-architecture';
export { type ConvLargeOptions, convLarge } from './conv-large';
export { type ConvSmallOptions, convSmall } from './conv-small';
export { type ConvnetOptions, convnet } from './convnet';
export { fromLayersModel, type LayersClassifier, type LayersModelOptions } from './from-layers-model';
export { type KeyedDropoutOptions, keyedDropout } from './keyed-dropout';
export type { HeadOption } from './logits-view';
export { type MadryNetOptions, madryNet } from './madry-net';
export { type MlpOptions, mlp } from './mlp';
export { type PreActResNet18Options, preActResNet18 } from './pre-act-resnet-18';
export { type ChannelNormalisationOptions, channelNormalisation } from './preprocessing/channel-normalisation';
export {
  type ChannelStatistics,
  type FitChannelStatisticsOptions,
  fitChannelStatistics,
} from './preprocessing/fit-channel-statistics';
export { type FitZcaOptions, fitZca } from './preprocessing/fit-zca';
export type { Preprocessing } from './preprocessing/preprocessing';
export type { FitProgress, WatchOptions } from './preprocessing/read-examples';
export { type RescalingOptions, rescaling } from './preprocessing/rescaling';
export { unwhitenedExamples, whitenedExamples, whitenedSpace } from './preprocessing/whitened-space';
export type { Zca } from './preprocessing/zca';
export { zcaWhitening } from './preprocessing/zca-whitening';
export { registerLayers } from './register-layers';
export { loadModel, saveModel } from './serialise';
export { type SmallCnnOptions, smallCnn } from './small-cnn';
export type { VatConvnetOptions } from './vat-convnet';
