/**
 * Any tfjs-layers classifier as a Groundstate model: logits, named weights, and the three modes of a forward pass.
 */
import {
  type Bounds,
  checkKeys,
  checkOneOf,
  expected,
  GroundstateError,
  type Mode,
  type Noise,
  type TrainableModel,
} from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { checkLayersModel, refuseTraining, trainingObstacle } from './check-layers';
import { dropoutsOf, maskNoise } from './keyed-dropout';
import { describeLayer, layerTree } from './layer-tree';
import { namedVariables, withoutWrites } from './layer-variables';
import { withLeanGradients } from './lean-gradients';
import { type HeadOption, logitsView } from './logits-view';
import { constantsOf } from './preprocessing/constants';
import { probeLogits } from './probe-logits';

/** Options of `fromLayersModel`: what the network itself does not say. */
export type LayersModelOptions = {
  /** What reports call the model. @default the LayersModel's own name */
  readonly name?: string;
  /** The interval every input coordinate lives in; an end may be infinite. @default [0, 1] */
  readonly bounds?: Bounds;
  /** 'auto' recognises the last layer and takes a softmax or a sigmoid off; 'logits' takes the output as it is, on your word. @default 'auto' */
  readonly head?: HeadOption;
};

/** A classifier that stands on a tfjs-layers model and shares its weights. */
export interface LayersClassifier extends TrainableModel {
  /** The model as it was given: its own head untouched, for predict, fit and save. */
  readonly layersModel: LayersModel;
  /** How its head is read. */
  readonly head: HeadOption;
  /** Frees the weights, those of nested models too; the layers model is of no use afterwards. A second call does nothing. */
  dispose(): void;
}

/**
 * Wraps a model with one float32 input and one output of shape [null, classes]. Weights are shared, not copied: training one trains the other.
 * `weights` and `buffers` are taken now: freeze layers (`layer.trainable = false`) before wrapping; frozen weights are buffers. The constants of
 * preprocessing layers are neither.
 *
 * @example
 * const network = tf.sequential({ layers: [tf.layers.dense({ units: 3, inputShape: [4], activation: 'softmax' })] });
 * const model = fromLayersModel(network);
 * model.logits(tf.zeros([2, 4])); // a tensor of shape [2, 3], before the softmax
 *
 * @throws GroundstateError where the model is no classifier, or where its output cannot be told to be logits.
 */
export function fromLayersModel(model: LayersModel, options: LayersModelOptions = {}): LayersClassifier {
  const owner = 'fromLayersModel';
  checkKeys(owner, options, ['name', 'bounds', 'head']);
  const head = checkOneOf(owner, 'head', options.head ?? 'auto', ['auto', 'logits'] as const);
  const bounds = checkBounds(owner, options.bounds ?? [0, 1]);
  const inputShape = checkLayersModel(model);
  const view = logitsView(model, head);
  const layers = layerTree(model);
  const constants = constantsOf(layers);
  // Integers have no gradient: a count that a layer calls trainable is a buffer all the same.
  const counts = model.trainableWeights.filter(({ dtype }) => dtype !== 'float32');
  const state = [...counts, ...model.nonTrainableWeights.filter((weight) => !constants.includes(weight))];
  const weights = namedVariables(
    owner,
    model.trainableWeights.filter(({ dtype }) => dtype === 'float32'),
  );
  const buffers = namedVariables(owner, state);
  // The two records together must have distinct names as well: checkpoints hold both.
  const variables = namedVariables(owner, model.weights);
  const obstacle = trainingObstacle(model);
  const dropouts = dropoutsOf(layers);
  probeLogits(view, inputShape, bounds);
  let disposed = false;

  return {
    name: options.name ?? model.name,
    bounds,
    classes: view.classes,
    inputShape,
    weights,
    buffers,
    layersModel: model,
    head,
    logits(inputs: tf.Tensor, call: { readonly mode?: Mode; readonly noise?: Noise } = {}): tf.Tensor2D {
      const mode = checkOneOf('LayersClassifier.logits', 'mode', call.mode ?? 'inference', [
        'inference',
        'training',
        'batch-statistics',
      ] as const);
      if (disposed) throw new GroundstateError('invalid-argument', 'LayersClassifier.logits: the model has been disposed; make a new one.');
      if (!tf.util.arraysEqual(inputs.shape.slice(1), [...inputShape])) {
        throw expected('LayersClassifier.logits', 'inputs', `a tensor of shape [n, ${inputShape.join(', ')}]`, inputs);
      }
      const training = mode !== 'inference';
      if (training && obstacle !== undefined) throw refuseTraining(mode, obstacle);
      const [drawing] = training ? dropouts.keys() : [];
      if (drawing && call.noise === undefined) throw missingNoise(describeLayer(drawing));
      const pass = { training, movesAverages: mode === 'training', ...(drawing && call.noise ? maskNoise(dropouts, call.noise) : {}) };
      const run = (): tf.Tensor2D => withLeanGradients(layers, training, () => tf.tidy(() => view.forward(inputs, pass) as tf.Tensor2D));
      return mode === 'batch-statistics' ? withoutWrites(state, run) : run();
    },
    dispose(): void {
      if (disposed) return;
      disposed = true;
      model.dispose();
      // tfjs-layers does not count nested models down when a Sequential goes.
      for (const variable of Object.values(variables)) if (!variable.isDisposed) variable.dispose();
    },
  };
}

function missingNoise(layer: string): GroundstateError {
  const advice = `${layer} draws a mask for every example: pass createNoise(seed, ids), where ids[i] is the example in row i.`;
  return expected('LayersClassifier.logits', 'noise', 'the noise of these examples while training', undefined, advice);
}

function checkBounds(owner: string, bounds: Bounds): Bounds {
  const [lower, upper] = Array.isArray(bounds) && bounds.length === 2 ? bounds : [];
  if (typeof lower !== 'number' || typeof upper !== 'number' || !(lower < upper)) {
    throw expected(owner, 'bounds', 'two numbers [lower, upper] with lower < upper', bounds);
  }
  return [lower, upper];
}
