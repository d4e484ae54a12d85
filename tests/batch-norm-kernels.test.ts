import '@tensorflow/tfjs-backend-wasm';
import { batchNormTraining } from '@groundstate/core';
import { fromLayersModel, type LayersClassifier } from '@groundstate/models';
import { relativeError } from '@groundstate/testing';
import { enableTrainingKernels, type TrainingKernels } from '@groundstate/wasm';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/** `batchNormTraining` of core finds the kernels of `@groundstate/wasm` at run time: only here are both at hand. */

const shape = [6, 5, 4, 3];
const wave = (size: number, step: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(step * i + 1));

const loss = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Scalar => {
  const { y } = batchNormTraining(x, scale, offset, 1e-2);
  return tf.sum(tf.mul(tf.mul(y, tf.add(y, 2)), tf.tensor(wave(y.size, 0.7), y.shape)));
};

const inputs = (): tf.Tensor[] => [tf.tensor(wave(360, 0.3), shape), tf.tensor1d(wave(3, 1)), tf.tensor1d(wave(3, 2))];

/** How often `body` runs each kernel. */
function callsOf(body: () => unknown): Record<string, number> {
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  const calls: Record<string, number> = {};
  const spy = vi.spyOn(engine, 'runKernel').mockImplementation(((name: string, given: never, attributes: never) => {
    calls[name] = (calls[name] ?? 0) + 1;
    return original(name, given, attributes);
  }) as never);
  tf.tidy(() => {
    body();
  });
  spy.mockRestore();
  return calls;
}

/** Statistics, first derivatives, and those of a slope along a fixed direction. */
function derivatives(): number[][] {
  return tf.tidy(() => {
    const given = inputs();
    const { y, mean, variance } = batchNormTraining(given[0]!, given[1]!, given[2]!, 1e-2);
    const first = tf.grads(loss)(given);
    const slope = (x: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(tf.grad((point: tf.Tensor) => loss(point, given[1]!, given[2]!))(x), tf.tensor(wave(360, 1.1), shape)));
    return [y, mean, variance, ...first, tf.grad(slope)(given[0]!)].map((tensor) => [...tensor.dataSync()]);
  });
}

let training: TrainingKernels;
beforeAll(async () => {
  training = await enableTrainingKernels();
});
afterAll(async () => {
  training.disable();
  await tf.setBackend('cpu');
});

describe('batch normalisation in training on the kernels of @groundstate/wasm', () => {
  it('has the values, statistics, gradients and second derivatives of the composition on cpu', async () => {
    await tf.setBackend('cpu');
    const reference = derivatives();
    await tf.setBackend('wasm');
    const before = tf.memory().numTensors;
    const answer = derivatives();
    expect(tf.memory().numTensors).toBe(before);
    reference.forEach((values, index) => {
      const scale = Math.max(1, ...values.map(Math.abs));
      expect(answer[index]).toHaveLength(values.length);
      expect(Math.max(...values.map((value, at) => Math.abs(value - answer[index]![at]!))) / scale).toBeLessThan(2e-5);
    });
  });

  it('runs one kernel forward and one backward', async () => {
    await tf.setBackend('wasm');
    const [x, scale, offset] = inputs() as [tf.Tensor, tf.Tensor, tf.Tensor];
    const dy = tf.ones(shape);
    const { kernelNames } = await tf.profile(() =>
      tf.tidy(() =>
        tf.grads((...given: tf.Tensor[]) => batchNormTraining(given[0]!, given[1]!, given[2]!, 1e-3).y)([x, scale, offset], dy),
      ),
    );
    for (const tensor of [x, scale, offset, dy]) tensor.dispose();
    // 'forward' is how customGrad names itself; Identity copies nothing.
    const costly = kernelNames.filter((name) => name !== 'forward' && name !== 'Identity');
    expect(costly.sort()).toEqual(['BatchNormTraining', 'BatchNormTrainingGrad']);
  });
});

describe('the batch normalisation of a model on the kernels of @groundstate/wasm', () => {
  /** Convolution, normalisation and leaky rectifier, twice. */
  const network = (): LayersClassifier => {
    const block = (filters: number, name: string, inputShape?: number[]) => [
      tfl.layers.conv2d({ filters, kernelSize: 3, name: `conv_${name}`, ...(inputShape ? { inputShape } : {}) }),
      tfl.layers.batchNormalization({ name: `norm_${name}` }),
      tfl.layers.leakyReLU({ alpha: 0.1, name: `leaky_${name}` }),
    ];
    const layers = [...block(5, 'a', [9, 8, 3]), ...block(4, 'b'), tfl.layers.flatten(), tfl.layers.dense({ units: 3, name: 'head' })];
    return fromLayersModel(tfl.sequential({ layers }));
  };
  const images = (): tf.Tensor => tf.tensor(wave(6 * 216, 0.3), [6, 9, 8, 3]);
  type Mode = 'inference' | 'training' | 'batch-statistics';
  const score = (forward: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): tf.Scalar => tf.sum(tf.square(tf.add(forward(x), 1)));
  const inputGradient = (model: LayersClassifier, mode: Mode): tf.Tensor =>
    tf.grad((x: tf.Tensor) => score((given) => model.logits(given, { mode }), x))(images());
  const weightGradients = (forward: (x: tf.Tensor) => tf.Tensor, model: LayersClassifier): tf.Tensor[] => {
    const { grads } = tf.variableGrads(() => score(forward, images()), Object.values(model.weights));
    return Object.values(model.weights).map(({ name }) => grads[name]!);
  };
  const close = (actual: readonly tf.Tensor[], wanted: readonly tf.Tensor[]): void => {
    actual.forEach((tensor, index) => {
      const values = wanted[index]!.dataSync();
      // The shift of a convolution before a normalisation has the gradient zero: what is left is rounding of numbers of the size of 1.
      const scale = Math.max(1, ...values.map(Math.abs));
      expect(Math.max(...tensor.dataSync().map((value, at) => Math.abs(value - values[at]!))) / scale).toBeLessThan(1e-5);
    });
  };

  it('has the gradients and moving averages of tfjs-layers', async () => {
    await tf.setBackend('wasm');
    const [model, reference] = [network(), network()];
    tf.tidy(() => {
      reference.layersModel.setWeights(model.layersModel.getWeights());
      for (const training of [true, false]) {
        const stock = (x: tf.Tensor): tf.Tensor => reference.layersModel.apply(x, { training }) as tf.Tensor;
        const ours = (x: tf.Tensor): tf.Tensor => model.logits(x, { mode: training ? 'training' : 'inference' });
        close(weightGradients(ours, model), weightGradients(stock, reference));
      }
      for (const [name, buffer] of Object.entries(model.buffers)) {
        expect(relativeError(buffer.dataSync(), reference.buffers[name]!.dataSync())).toBeLessThan(1e-6);
      }
    });
    model.dispose();
    reference.dispose();
  });

  it('is one kernel forward and one backward, and a product backward in inference', async () => {
    await tf.setBackend('wasm');
    const model = network();
    const attack = callsOf(() => inputGradient(model, 'batch-statistics'));
    expect(attack).toMatchObject({ FusedConv2D: 2, BatchNormTraining: 2, BatchNormTrainingGrad: 2, LeakyRelu: 2, LeakyReluGrad: 2 });
    // No moments, and no averages that do not move.
    expect([attack.Mean, attack.Rsqrt, attack.Sub, attack.FusedBatchNorm]).toEqual([undefined, undefined, undefined, undefined]);
    const forward = callsOf(() => model.logits(images(), { mode: 'batch-statistics' }));
    expect(forward).toMatchObject({ BatchNormTraining: 2 });
    expect([forward.Mean, forward.FusedBatchNorm]).toEqual([undefined, undefined]);
    const inference = callsOf(() => inputGradient(model, 'inference'));
    expect(inference).toMatchObject({ FusedBatchNorm: 2, Rsqrt: 2 });
    expect([inference.BatchNormSums, inference.Tile]).toEqual([undefined, undefined]);
    const still = callsOf(() => weightGradients((x) => model.logits(x), model));
    expect(still).toMatchObject({ FusedBatchNorm: 2, BatchNormSums: 2 });
    model.dispose();
  });
});
