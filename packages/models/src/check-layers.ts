/**
 * What a tfjs-layers model must be to stand behind the Model contract, and which of its layers forbid training-mode passes.
 */
import { expected, GroundstateError } from '@groundstate/core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describeLayer, type Layer, layerTree } from './layer-tree';

const owner = 'fromLayersModel';

/** Layers without a gradient for their input, or whose output is random even in inference. */
const neverUsable: readonly string[] = ['Embedding', 'CategoryEncoding', 'RandomWidth', 'RandomHeight'];
/** Layers that draw random numbers while training, from tfjs's global generator, with the option that sets how much. */
const drawing: Readonly<Record<string, string>> = {
  Dropout: 'rate',
  SpatialDropout1D: 'rate',
  GaussianNoise: 'stddev',
  GaussianDropout: 'rate',
  AlphaDropout: 'rate',
};

/** Those that keyedDropout does the work of. */
const replaceable: readonly string[] = ['Dropout', 'SpatialDropout1D'];

/** Checks everything but the head. Returns the shape of one example. */
export function checkLayersModel(model: unknown): readonly number[] {
  if (!(model instanceof tfl.LayersModel)) {
    const advice =
      'A graph-model has no weights to train: load a layers-model. If this is one, two copies of tfjs-layers are installed: keep one, 4.22.0.';
    throw expected(owner, 'model', 'a tf.LayersModel', model, advice);
  }
  if (model.inputs.length !== 1) throw expected(owner, 'model', 'a model with one input', `${model.inputs.length} inputs`);
  if (model.outputs.length !== 1) {
    const advice = 'Take the output that classifies: tf.model({ inputs: model.inputs, outputs: model.outputs[0] }).';
    throw expected(owner, 'model', 'a model with one output', `${model.outputs.length} outputs`, advice);
  }
  const input = model.inputs[0]!;
  if (input.dtype !== 'float32') {
    throw expected(
      owner,
      'model',
      'a model with a float32 input',
      input.dtype,
      'Attacks need gradients for the input, which integers have not.',
    );
  }
  const [batch, ...inputShape] = input.shape;
  if (batch !== null)
    throw expected(owner, 'model', 'a model with an open batch axis (null)', input.shape, 'Use inputShape, not batchInputShape.');
  if (inputShape.length === 0 || !inputShape.every((size) => typeof size === 'number' && size > 0)) {
    throw expected(owner, 'model', 'a model with a fixed inputShape', inputShape, 'Build it with numbers in place of null.');
  }
  const output = model.outputs[0]!;
  if (output.shape.length !== 2 || output.shape[0] !== null || !(Number(output.shape[1]) >= 1)) {
    throw expected(owner, 'model', 'a model with an output of shape [null, classes]', output.shape);
  }
  for (const layer of layerTree(model)) {
    if (neverUsable.includes(layer.getClassName())) {
      throw expected(owner, 'model', 'a model with a gradient for its input', describeLayer(layer), 'Put that layer before the model.');
    }
    if (layer.getClassName() === 'BatchNormalization' && !alongLastAxis(layer)) {
      const advice = 'tfjs 4.22 pairs its statistics with the wrong values on cpu and wasm, without a word: move that axis to the end.';
      throw expected(owner, 'model', 'a model that normalises along the last axis', describeLayer(layer), advice);
    }
    if (layer.stateful) {
      throw expected(owner, 'model', 'a model whose output depends on its input alone', `the stateful ${describeLayer(layer)}`);
    }
  }
  return inputShape as number[];
}

/** Why passes in training mode are refused: one sentence for the first layer that stands in the way; undefined where none does. */
export function trainingObstacle(model: tfl.LayersModel): string | undefined {
  for (const layer of layerTree(model)) {
    if (drawsRandomNumbers(layer)) {
      const remedy = replaceable.includes(layer.getClassName())
        ? 'Use keyedDropout of @groundstate/models in its place'
        : 'Remove the layer';
      return `${describeLayer(layer)} draws its own random numbers, so that no training pass could be repeated. ${remedy}, or use mode 'inference'.`;
    }
    const config = layer.getConfig();
    if (layer.getClassName() === 'BatchNormalization' && (config.scale === false || config.center === false)) {
      return `tfjs-layers 4.22 cannot run ${describeLayer(layer)} while training without both scale and center. Set both to true, or use mode 'inference'.`;
    }
  }
  return undefined;
}

export function refuseTraining(mode: string, obstacle: string): GroundstateError {
  return new GroundstateError(
    'unsupported',
    `LayersClassifier.logits: expected \`mode\` to be 'inference' for this model, got "${mode}". ${obstacle}`,
  );
}

function alongLastAxis(layer: Layer): boolean {
  const { axis } = layer.getConfig();
  return axis === -1 || axis === Number(layer.inputSpec[0]?.ndim) - 1;
}

function drawsRandomNumbers(layer: Layer): boolean {
  const config = layer.getConfig();
  const option = drawing[layer.getClassName()];
  if (option !== undefined) return Number(config[option]) > 0;
  // Recurrent and attention layers.
  return Number(config.dropout ?? 0) > 0 || Number(config.recurrentDropout ?? 0) > 0;
}
