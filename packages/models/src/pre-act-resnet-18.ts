/**
 * PreActResNet-18 for small images: conv 3x3x64, four groups of two pre-activation blocks (64, 128, 256, 512; the last three halve the image),
 * batch normalisation, activation, the mean over all places, dense. 11,172,170 weights on 32x32x3.
 * A block is x + conv(activation(norm(conv(activation(norm(x)))))); where shapes change, x becomes a 1x1 convolution of the first activation.
 * Source: "Identity Mappings in Deep Residual Networks", K. He et al. 2016 (https://arxiv.org/abs/1603.05027), in the variant of the robustness
 * literature, with a normalisation before the head: preactresnet.py of "Overfitting in adversarially robust deep learning", L. Rice et al. 2020
 * (https://github.com/locuslab/robust_overfitting), the same in Fast-AT and AWP. The one without it has 11,171,146.
 */
import { checkKeys, expected } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { activationLayer } from './activations';
import { batchNormLayer, checkMomentum, headBlock } from './blocks';
import { type ArchitectureOptions, architectureKeys, checkArchitecture, checkSizes } from './check-architecture';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { initialise, initialiserName, leaveEmpty } from './initialise';
import { beginFunctional } from './preprocessing/preprocessing';

/** Options of `preActResNet18`. */
export type PreActResNet18Options = Omit<ArchitectureOptions, 'inputShape' | 'dropout'> & {
  /** Shape of one example. @default [32, 32, 3] */
  readonly inputShape?: readonly number[];
  /** Filters of the four groups; the first convolution has those of the first. @default [64, 128, 256, 512] */
  readonly widths?: readonly number[];
  /** What a training pass keeps of the moving averages, from 0 to below 1. @default 0.9 */
  readonly batchNormMomentum?: number;
};

/**
 * Layers `conv_1`; `block_1_1_norm_1`, `block_1_1_activation_1`, `block_1_1_conv_1`, ... of every block, `block_2_1_shortcut` of some;
 * `norm`, `activation`, `mean`, `dense_1`.
 *
 * @example
 * const model = preActResNet18({ activation: 'silu', seed: 1 });
 */
export function preActResNet18(options: PreActResNet18Options = {}): LayersClassifier {
  const known = [...architectureKeys.filter((key) => key !== 'dropout'), 'widths', 'batchNormMomentum'];
  checkKeys('preActResNet18', options, known);
  const architecture = checkArchitecture('preActResNet18', { ...options, inputShape: options.inputShape ?? [32, 32, 3] }, 3);
  const { classes, activation, seed, wrap } = architecture;
  const widths = checkSizes('preActResNet18', 'widths', options.widths ?? [64, 128, 256, 512]);
  if (widths.length !== 4) throw expected('preActResNet18', 'widths', 'four sizes', widths);
  const batchNorm = { momentum: checkMomentum('preActResNet18', options.batchNormMomentum, 0.9), epsilon: 1e-5 };
  const kernelInitializer = initialiserName(activation);

  const through = (values: tfl.SymbolicTensor, ...layers: tfl.layers.Layer[]): tfl.SymbolicTensor =>
    layers.reduce((value, layer) => layer.apply(value) as tfl.SymbolicTensor, values);
  const convolution = (name: string, width: number, kernelSize: number, strides: number): tfl.layers.Layer[] => {
    const shape = { filters: width, kernelSize, strides, useBias: false, kernelInitializer, name } as const;
    if (kernelSize === 1 || strides === 1) return [leaveEmpty(tfl.layers.conv2d({ ...shape, padding: 'same' }))];
    // PyTorch pads both sides of an image with one row; 'same' would pad an even image on one side alone.
    return [
      tfl.layers.zeroPadding2d({ padding: [1, 1], name: `${name}_padding` }),
      leaveEmpty(tfl.layers.conv2d({ ...shape, padding: 'valid' })),
    ];
  };
  const active = (norm: string, name: string): tfl.layers.Layer[] => [batchNormLayer(batchNorm, norm), activationLayer(architecture, name)];
  const block = (values: tfl.SymbolicTensor, name: string, width: number, strides: number): tfl.SymbolicTensor => {
    const first = through(values, ...active(`${name}_norm_1`, `${name}_activation_1`));
    const changes = strides !== 1 || values.shape.at(-1) !== width;
    const shortcut = changes ? through(first, ...convolution(`${name}_shortcut`, width, 1, strides)) : values;
    const middle = through(first, ...convolution(`${name}_conv_1`, width, 3, strides));
    const last = through(middle, ...active(`${name}_norm_2`, `${name}_activation_2`), ...convolution(`${name}_conv_2`, width, 3, 1));
    return tfl.layers.add({ name: `${name}_sum` }).apply([last, shortcut]) as tfl.SymbolicTensor;
  };

  const { input, values } = beginFunctional(architecture);
  let features = through(values, ...convolution('conv_1', widths[0]!, 3, 1));
  widths.forEach((width, index) => {
    features = block(features, `block_${index + 1}_1`, width, index === 0 ? 1 : 2);
    features = block(features, `block_${index + 1}_2`, width, 1);
  });
  const mean = tfl.layers.globalAveragePooling2d({ name: 'mean' });
  const outputs = through(features, ...active('norm', 'activation'), mean, ...headBlock(architecture, 'dense_1', classes));
  const network = tfl.model({ inputs: input, outputs, name: wrap.name });
  initialise(network, activation, seed);
  return fromLayersModel(network, wrap);
}
