/**
 * The logits of a tfjs-layers model, also where the model itself ends in a softmax.
 *
 * tfjs models usually give probabilities. Attacks on probabilities meet gradients that vanish (float32 rounds a confident
 * softmax to 0 and 1), which looks like robustness. So the last layer is recognised, and a softmax or sigmoid is left out:
 * the view runs the same layers with the same weights up to the last layer's input, then that layer's linear part.
 */
import { expected } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { MaskNoise } from './keyed-dropout';
import { activationOf, describeLayer, type Layer } from './layer-tree';
import { kernelAndBias } from './layer-variables';

/** What the layers of one pass are told; `movesAverages` is our own, for batch normalisation. */
export type PassOptions = { readonly training: boolean; readonly movesAverages?: boolean } & MaskNoise;

type Forward = (inputs: tf.Tensor, pass: PassOptions) => tf.Tensor;

export type LogitsView = {
  readonly classes: number;
  readonly forward: Forward;
  /** Whether the structure of the model says that these are logits; otherwise it is only the user's word. */
  readonly recognised: boolean;
};

/** Whether the last layer is recognised, or the output taken for the logits on your word. */
export type HeadOption = 'auto' | 'logits';

const owner = 'fromLayersModel';
const endWith =
  "End the model with a linear or a softmax layer, or pass head: 'logits' when you are certain that its output already is the logits.";

/** The view of `model`'s single output. Makes no tensors and changes nothing in the model. */
export function logitsView(model: tfl.LayersModel, head: HeadOption): LogitsView {
  const output = model.outputs[0]!;
  const units = output.shape[1]!;
  const { layer, before } = lastLayer(model);
  if (layer instanceof tfl.LayersModel) {
    const inner = logitsView(layer, head);
    return { ...inner, forward: (inputs, pass) => inner.forward(before(inputs, pass), pass) };
  }
  const activation = activationOf(layer);
  const named = describeLayer(layer);
  const whole: Forward = (inputs, pass) => applied(model, inputs, pass);
  const known = ['Dense', 'Activation', 'Softmax'].includes(layer.getClassName());
  if (known && activation === 'sigmoid' && units === 1) {
    refuseClaim(head, named);
    // One sigmoid unit is a softmax over the logits 0 and z.
    const twoClasses: Forward = (inputs, pass) =>
      tf.pad2d(linearPart(layer, before(inputs, pass)) as tf.Tensor2D, [
        [0, 0],
        [1, 0],
      ]);
    return { classes: 2, forward: twoClasses, recognised: true };
  }
  if (known && activation === 'sigmoid') {
    const advice =
      'Sigmoid units are one yes-or-no question each (several labels at once), which has no logits over classes. Retrain with a softmax.';
    throw expected(owner, 'model', 'a classifier with one class per example', named, advice);
  }
  if (units < 2) throw expected(owner, 'model', 'a classifier with at least 2 outputs or one sigmoid unit', `${units} output of ${named}`);
  if (known && (activation === 'softmax' || activation === 'logSoftmax')) {
    refuseClaim(head, named);
    refuseOtherAxis(layer);
    return { classes: units, forward: (inputs, pass) => linearPart(layer, before(inputs, pass)), recognised: true };
  }
  const linear = known && activation === 'linear';
  if (!linear && head === 'auto') throw expected(owner, 'model', 'a classifier that ends in logits or in a softmax', named, endWith);
  return { classes: units, forward: whole, recognised: linear };
}

/** The layer that makes the output, and the part of the model before it, as a model that shares its layers. */
function lastLayer(model: tfl.LayersModel): { readonly layer: Layer; readonly before: Forward } {
  const output = model.outputs[0]!;
  const layer = output.sourceLayer;
  const input = layer.inboundNodes[output.nodeIndex]?.inputTensors[0];
  if (input === undefined || input.id === model.inputs[0]!.id) return { layer, before: (inputs) => inputs };
  // Never disposed: it holds no weights of its own, and disposing it would count the shared layers down.
  const trunk = tfl.model({ inputs: model.inputs, outputs: input });
  return { layer, before: (inputs, pass) => applied(trunk, inputs, pass) };
}

/** With a copy of the options: tfjs-layers writes masks into what it is given. */
function applied(model: tfl.LayersModel, inputs: tf.Tensor, pass: PassOptions): tf.Tensor {
  return model.apply(inputs, { ...pass }) as tf.Tensor;
}

/** What the layer computes before its activation. The weights are read at each call: an optimiser may have moved them. */
function linearPart(layer: Layer, inputs: tf.Tensor): tf.Tensor {
  if (layer.getClassName() !== 'Dense') return inputs;
  const { kernel, bias } = kernelAndBias(layer);
  const product = tf.matMul(inputs, kernel);
  return bias === undefined ? product : tf.add(product, bias);
}

function refuseClaim(head: HeadOption, named: string): void {
  if (head === 'auto') return;
  throw expected(
    owner,
    'head',
    "'auto' for a model that ends in a known activation",
    `'logits' with ${named}`,
    'Leave `head` out: the activation is taken off.',
  );
}

function refuseOtherAxis(layer: Layer): void {
  if (layer.getClassName() !== 'Softmax') return;
  const axis = layer.getConfig().axis;
  const single = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
  if (single !== 1 && single !== -1) throw expected(owner, 'model', 'a classifier whose softmax runs over the classes (axis -1)', axis);
}
