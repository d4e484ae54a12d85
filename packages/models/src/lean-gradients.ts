/**
 * Forward passes whose gradients compute what is asked for and nothing else: an attack wants the input's gradient, never a weight's.
 *
 * `Dense` and `Conv2D`: on the tape tfjs splits its fused products up when an activation is fused in, but keeps them whole when it is linear
 * (any but relu and elu is applied afterwards), and the custom gradient of a whole one computes the gradients of filter and bias at once, asked
 * for or not (tfjs-core 4.22, ops/fused/conv2d.ts, mat_mul.ts, fused_util.ts). The filter's costs as much again as the input's, and the wasm
 * backend as it comes does not have it. Here a layer is one node of the tape (`taped-product.ts`), or product, bias and activation apart where
 * gradients are to be differentiated in their turn.
 *
 * `BatchNormalization` in inference: tfjs's gradient of the fused kernel computes what nobody asks for, at length (`taped-normalisation.ts`). In
 * training tfjs composes it of moments and that kernel; `batchNormTraining` of core is one node, and two kernels where the backend has them. That
 * helps a pass without gradients as well, so there it is used too.
 */
import { batchNormTraining } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Layer } from './layer-tree';
import { kernelAndBias } from './layer-variables';
import { shadowed } from './shadow';
import { canFuse } from './taped-node';
import { tapedNormalisation } from './taped-normalisation';
import { type FusedActivation, tapedConvolution, tapedDense } from './taped-product';

/**
 * Runs `body` with leaner calls in those of `layers` that have one, in a pass in training mode or not. Off the tape only batch normalisation while
 * training has one; after `body` all is as tfjs-layers has it.
 */
export function withLeanGradients<Result>(layers: readonly Layer[], training: boolean, body: () => Result): Result {
  const taped = tf.engine().state.gradientDepth > 0;
  if (!taped && !training) return body();
  kinds ??= leanKinds();
  const used = taped ? kinds : kinds.filter(({ offTheTape }) => offTheTape);
  const calls = new Map(layers.flatMap((layer) => leanCall(layer, used).map((call) => [layer, call] as const)));
  return shadowed([...calls.keys()], 'call', (layer) => calls.get(layer), body);
}

type Call = Layer['call'];
type Class = (abstract new (...args: never) => Layer) & { readonly prototype: Layer };
type Kind = { readonly stock: Class; readonly make: (layer: Layer) => Call | undefined; readonly offTheTape?: true };
let kinds: readonly Kind[] | undefined;

/** tfjs-layers exports factories alone. With names, these layers leave the counters alone from which unnamed ones get theirs. */
function leanKinds(): readonly Kind[] {
  const classOf = (layer: Layer): Class => layer.constructor as Class;
  return [
    { stock: classOf(tfl.layers.dense({ units: 1, name: 'stock' })), make: denseCall },
    { stock: classOf(tfl.layers.conv2d({ filters: 1, kernelSize: 1, name: 'stock' })), make: convolutionCall },
    { stock: classOf(tfl.layers.batchNormalization({ name: 'stock' })), make: normalisationCall, offTheTape: true },
  ];
}

/** None for layers of other classes, and where somebody (a subclass, a callback) has put a call of their own in place. */
function leanCall(layer: Layer, among: readonly Kind[]): readonly Call[] {
  const kind = among.find(({ stock }) => layer instanceof stock && layer.call === stock.prototype.call);
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
  readonly momentum: number;
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
  const { epsilon, momentum } = inside(layer);
  return (inputs, kwargs) =>
    tf.tidy(() => {
      const x = single(inputs);
      const { gamma, beta, movingMean, movingVariance } = inside(layer);
      const [scale, offset] = [gamma?.read(), beta?.read()];
      if (kwargs.training) {
        // Both are there: `trainingObstacle` sees to it.
        const { y, mean, variance } = batchNormTraining(x, scale!, offset!, epsilon);
        if (kwargs.movesAverages !== false) {
          move(movingMean, mean, momentum);
          move(movingVariance, variance, momentum);
        }
        return y;
      }
      const [mean, variance] = [movingMean.read(), movingVariance.read()];
      if (canFuse('FusedBatchNorm')) return tapedNormalisation({ x, mean, variance, scale, offset, epsilon });
      const inverse = tf.rsqrt(tf.add(variance, epsilon));
      return withBias(tf.mul(tf.sub(x, mean), scale ? tf.mul(inverse, scale) : inverse), offset);
    });
}

/** As tfjs-layers moves them, to the last bit. */
function move(average: LayerVariable, value: tf.Tensor, momentum: number): void {
  const before = average.read();
  average.write(tf.sub(before, tf.mul(tf.sub(before, value), 1 - momentum)));
}

function withBias(product: tf.Tensor, bias: tf.Tensor | undefined): tf.Tensor {
  return bias === undefined ? product : tf.add(product, bias);
}

function single(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}
