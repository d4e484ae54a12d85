/**
 * Forward passes whose gradients compute what is asked for and nothing else: an attack wants the input's gradient, never a weight's.
 *
 * `Dense` and `Conv2D`: on the tape tfjs splits its fused products up when an activation is fused in, but keeps them whole when it is linear
 * (any but relu and elu is applied afterwards), and the custom gradient of a whole one computes the gradients of filter and bias at once, asked
 * for or not (tfjs-core 4.22, ops/fused/conv2d.ts, mat_mul.ts, fused_util.ts). The filter's costs as much again as the input's, and the wasm
 * backend as it comes does not have it. Here a layer is one node of the tape (`taped-product.ts`), or product, bias and activation apart where
 * gradients are to be differentiated in their turn.
 *
 * `BatchNormalization` in inference: the gradient of the fused kernel starts with what only mean and variance need, and spreads the variance over
 * the whole batch with Tile, which on wasm takes longer than the convolutions; without gamma it throws
 * (gradients/FusedBatchNorm_grad.ts). Here it is (x - mean) * scale + shift.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Layer } from './layer-tree';
import { kernelAndBias } from './layer-variables';
import { shadowed } from './shadow';
import { canFuse, type FusedActivation, tapedConvolution, tapedDense } from './taped-product';

/** Runs `body` with leaner calls in those of `layers` that have one. Off the tape, and after `body`, all is as tfjs-layers has it. */
export function withLeanGradients<Result>(layers: readonly Layer[], body: () => Result): Result {
  if (tf.engine().state.gradientDepth === 0) return body();
  kinds ??= leanKinds();
  const calls = new Map(layers.flatMap((layer) => leanCall(layer).map((call) => [layer, call] as const)));
  return shadowed([...calls.keys()], 'call', (layer) => calls.get(layer), body);
}

type Call = Layer['call'];
type Class = (abstract new (...args: never) => Layer) & { readonly prototype: Layer };
type Kind = { readonly stock: Class; readonly make: (layer: Layer) => Call | undefined };
let kinds: readonly Kind[] | undefined;

/** tfjs-layers exports factories alone. With names, these layers leave the counters alone from which unnamed ones get theirs. */
function leanKinds(): readonly Kind[] {
  const classOf = (layer: Layer): Class => layer.constructor as Class;
  return [
    { stock: classOf(tfl.layers.dense({ units: 1, name: 'stock' })), make: denseCall },
    { stock: classOf(tfl.layers.conv2d({ filters: 1, kernelSize: 1, name: 'stock' })), make: convolutionCall },
    { stock: classOf(tfl.layers.batchNormalization({ name: 'stock' })), make: normalisationCall },
  ];
}

/** None for layers of other classes, and where somebody (a subclass, a callback) has put a call of their own in place. */
function leanCall(layer: Layer): readonly Call[] {
  const kind = kinds?.find(({ stock }) => layer instanceof stock && layer.call === stock.prototype.call);
  const call = kind?.make(layer);
  return call ? [call] : [];
}

/** What tfjs-layers 4.22 keeps in these layers, where its types hide it. */
type Inside = {
  readonly activation: { getClassName(): string; apply(values: tf.Tensor): tf.Tensor };
  readonly strides: [number, number];
  readonly padding: string;
  readonly dataFormat: string;
  readonly dilationRate: [number, number];
  readonly epsilon: number;
  readonly gamma?: LayerVariable;
  readonly beta?: LayerVariable;
  readonly movingMean: LayerVariable;
  readonly movingVariance: LayerVariable;
  invokeCallHook: Call;
};
const inside = (layer: Layer): Inside => layer as unknown as Inside;

function denseCall(layer: Layer): Call {
  const { activation } = inside(layer);
  return (inputs, kwargs) =>
    tf.tidy(() => {
      inside(layer).invokeCallHook(inputs, kwargs);
      const input = single(inputs);
      const { kernel, bias } = kernelAndBias(layer);
      const [width, units] = kernel.shape as [number, number];
      const rows = (input.rank === 2 ? input : tf.reshape(input, [-1, width])) as tf.Tensor2D;
      const wide = (product: tf.Tensor): tf.Tensor =>
        input.rank === 2 ? product : tf.reshape(product, [...input.shape.slice(0, -1), units]);
      if (isFloat(input, kernel) && canFuse('_FusedMatMul')) {
        return fused(activation, (within) => wide(tapedDense({ x: rows, kernel, bias, activation: within })));
      }
      return activation.apply(wide(withBias(tf.matMul(rows, kernel as tf.Tensor2D), bias)));
    });
}

function convolutionCall(layer: Layer): Call | undefined {
  const { activation, strides, padding, dataFormat, dilationRate } = inside(layer);
  // 'causal' is an error of tfjs-layers' own.
  if (padding === 'causal') return undefined;
  const channelsFirst = dataFormat === 'channelsFirst';
  const pad = padding === 'same' ? 'same' : 'valid';
  // Convolutions with gaps between their taps have no gradient in tfjs: its own error says so.
  const dense = [dilationRate].flat().every((rate) => rate === 1);
  return (inputs) =>
    tf.tidy(() => {
      const { kernel, bias } = kernelAndBias(layer);
      const images = (channelsFirst ? tf.transpose(single(inputs), [0, 2, 3, 1]) : single(inputs)) as tf.Tensor4D;
      const back = (product: tf.Tensor): tf.Tensor => (channelsFirst ? tf.transpose(product, [0, 3, 1, 2]) : product);
      if (dense && isFloat(images, kernel) && canFuse('FusedConv2D', 'Conv2DBackpropInput')) {
        return fused(activation, (within) => back(tapedConvolution({ x: images, kernel, bias, activation: within }, strides, pad)));
      }
      const product = withBias(tf.conv2d(images, kernel as tf.Tensor4D, strides, pad, 'NHWC', dilationRate), bias);
      return activation.apply(back(product));
    });
}

/** The activation inside the product's kernel where that is a rectifier, else after it. */
function fused(activation: Inside['activation'], product: (within: FusedActivation) => tf.Tensor): tf.Tensor {
  if (activation.getClassName() === 'relu') return product('relu');
  return activation.apply(product('linear'));
}

function isFloat(...tensors: readonly tf.Tensor[]): boolean {
  return tensors.every(({ dtype }) => dtype === 'float32');
}

/** Along the last axis: no other gets past `checkLayersModel`. */
function normalisationCall(layer: Layer): Call {
  const { epsilon } = inside(layer);
  const stock = layer.call;
  return (inputs, kwargs) => {
    // While training, statistics are taken and moved.
    if (kwargs.training) return stock.call(layer, inputs, kwargs);
    return tf.tidy(() => {
      const { gamma, beta, movingMean, movingVariance } = inside(layer);
      const inverse = tf.rsqrt(tf.add(movingVariance.read(), epsilon));
      const scale = gamma ? tf.mul(inverse, gamma.read()) : inverse;
      return withBias(tf.mul(tf.sub(single(inputs), movingMean.read()), scale), beta?.read());
    });
  };
}

function withBias(product: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor {
  return bias === undefined ? product : tf.add(product, bias);
}

function single(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}
