import '@tensorflow/tfjs-backend-wasm';
import { createNoise, crossEntropyOf } from '@groundstate/core';
import { convLarge, convSmall, type LayersClassifier, madryNet, mlp, preActResNet18, smallCnn } from '@groundstate/models';
import { enableTrainingKernels, type TrainingKernels } from '@groundstate/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectReference, referenceNetworks } from '../packages/models/tests/reference-networks';

/** The networks of `@groundstate/models` on the kernels of `@groundstate/wasm`: only here are both at hand. */

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
  await tf.setBackend('wasm');
});
afterAll(async () => {
  training.disable();
  await tf.setBackend('cpu');
});

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

it.each(referenceNetworks)('%s has the logits, gradients and moving averages of an outside implementation', (_, network) => {
  expectReference(network);
  freed();
});

const shape = { inputShape: [16, 16, 1], classes: 3, seed: 2 };
const narrow: readonly (readonly [string, () => LayersClassifier])[] = [
  ['convSmall', () => convSmall({ ...shape, widths: [4, 4, 6], headBatchNorm: true, dropout: 0.1 })],
  ['convLarge', () => convLarge({ ...shape, widths: [4, 4, 5, 6, 4], dropout: 0.1 })],
  ['smallCnn', () => smallCnn({ ...shape, widths: [8, 16], hidden: 32, dropout: 0.1 })],
  ['madryNet', () => madryNet({ ...shape, widths: [3, 4], hidden: 10 })],
  ['preActResNet18', () => preActResNet18({ ...shape, widths: [3, 4, 4, 5] })],
  ['mlp with batch normalisation', () => mlp({ ...shape, hidden: [12, 10], batchNorm: true })],
];

/** Bright on the left, on the right, above: with noise. */
function bars(): { readonly inputs: tf.Tensor; readonly labels: tf.Tensor1D } {
  const data = Float32Array.from({ length: 12 * 256 }, (_, index) => {
    const [example, row, column] = [Math.floor(index / 256), Math.floor((index % 256) / 16), index % 16];
    const bright = [column < 8, column >= 8, row < 8][example % 3]!;
    return (bright ? 0.7 : 0.1) + 0.2 * Math.abs(Math.sin(index * 12.9898));
  });
  return {
    inputs: tf.tensor(data, [12, 16, 16, 1]),
    labels: tf.tensor1d(
      Int32Array.from({ length: 12 }, (_, i) => i % 3),
      'int32',
    ),
  };
}

const ids = Int32Array.from({ length: 12 }, (_, i) => i);

/** Plain gradient descent, with new masks in every step. */
function train(model: LayersClassifier, steps: number): number[] {
  const { inputs, labels } = bars();
  const losses = Array.from({ length: steps }, (_, step) => {
    const noise = createNoise(step, ids);
    const loss = (): tf.Scalar => tf.mean(crossEntropyOf(model.logits(inputs, { mode: 'training', noise }), labels));
    const { value, grads } = tf.variableGrads(loss, Object.values(model.weights));
    tf.tidy(() => {
      for (const variable of Object.values(model.weights)) variable.assign(tf.sub(variable, tf.mul(0.1, grads[variable.name]!)));
    });
    const [result] = value.dataSync();
    tf.dispose([value, grads]);
    return result!;
  });
  tf.dispose([inputs, labels]);
  return losses;
}

it.each(narrow)('%s learns: the loss falls to less than a third', (_, make) => {
  const model = make();
  const losses = train(model, 60);
  expect(losses[0]).toBeGreaterThan(0.5);
  expect(Math.max(...losses.slice(-3))).toBeLessThan(losses[0]! / 3);
  model.dispose();
  freed();
});

describe('an activation', () => {
  /** Names of kernels that compute; Identity copies nothing, and a custom gradient is called after its scope. */
  const kernelsOf = async (compute: () => tf.Tensor): Promise<string[]> => {
    const { kernelNames, result } = await tf.profile(() => tf.tidy(compute));
    tf.dispose(result);
    return kernelNames.filter((name) => tf.getKernel(name, 'wasm') && name !== 'Identity');
  };

  it.each([
    ['relu', 'Relu', 'ReluGrad'],
    ['leakyRelu', 'LeakyRelu', 'LeakyReluGrad'],
    ['silu', 'Silu', 'SiluGrad'],
    ['gelu', 'Gelu', 'GeluGrad'],
  ] as const)('%s behind batch normalisation is one kernel forward and one back', async (activation, forward, backward) => {
    const model = mlp({ inputShape: [4], hidden: [6], classes: 3, activation, batchNorm: true });
    const layer = model.layersModel.getLayer('dense_1_activation');
    const [x, dy] = [tf.ones([2, 6]), tf.ones([2, 6])];
    expect(await kernelsOf(() => layer.apply(x) as tf.Tensor)).toEqual([forward]);
    expect(await kernelsOf(() => tf.grad((input: tf.Tensor) => layer.apply(input) as tf.Tensor)(x, dy))).toEqual([forward, backward]);
    tf.dispose([x, dy]);
    model.dispose();
    freed();
  });
});
