import '@tensorflow/tfjs-backend-cpu';
import { freeFailedTape } from '@groundstate/core';
import { finiteDifferences, relativeError } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';

const { batchNormalization, dense, flatten } = tfl.layers;

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => vi.restoreAllMocks());
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

/** How often `body` runs each kernel. */
function callsOf(body: () => unknown): Record<string, number> {
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  const calls: Record<string, number> = {};
  const spy = vi.spyOn(engine, 'runKernel').mockImplementation(((name: string, inputs: never, attributes: never) => {
    calls[name] = (calls[name] ?? 0) + 1;
    return original(name, inputs, attributes);
  }) as never);
  body();
  spy.mockRestore();
  return calls;
}
/** Without those that move no numbers. */
const costly = ({ Reshape: _reshape, Identity: _identity, ...calls }: Record<string, number>) => calls;

/** Lends the cpu backend kernels, each of which adds its name to the list that `use` gets. */
function withKernels(kernels: Readonly<Record<string, tf.KernelFunc>>, use: (ran: string[]) => void): void {
  const ran: string[] = [];
  for (const [kernelName, compute] of Object.entries(kernels)) {
    const kernelFunc: tf.KernelFunc = (call) => {
      ran.push(kernelName);
      return compute(call);
    };
    tf.registerKernel({ kernelName, backendName: 'cpu', kernelFunc });
  }
  try {
    use(ran);
  } finally {
    for (const kernelName of Object.keys(kernels)) tf.unregisterKernel(kernelName, 'cpu');
  }
}

type NormalisationOptions = { readonly scale?: boolean; readonly center?: boolean };
/** Normalisation and a head, with statistics other than 0 and 1, and scales other than 1. */
const networkOf = (inputShape: number[], options: NormalisationOptions = {}): LayersClassifier => {
  const layers = [
    batchNormalization({ inputShape, epsilon: 0.01, name: 'norm', ...options }),
    ...(inputShape.length > 1 ? [flatten()] : []),
    dense({ units: 3, name: 'head', activation: 'linear' }),
  ];
  const network = tfl.sequential({ layers });
  tf.tidy(() => {
    const norm = network.getLayer('norm');
    norm.setWeights(norm.getWeights().map((weight, index) => tf.randomUniform(weight.shape, 0.5, 1.5, 'float32', index + 1)));
  });
  return fromLayersModel(network);
};
const inputsOf = ({ inputShape }: LayersClassifier, rows = 4) => tf.randomUniform([rows, ...inputShape], -1, 2, 'float32', 3);
const stock =
  (model: LayersClassifier, training = false) =>
  (x: tf.Tensor) =>
    model.layersModel.apply(x, { training }) as tf.Tensor;
const score = (forward: (x: tf.Tensor) => tf.Tensor) => (x: tf.Tensor) => tf.sum(tf.square(forward(x))) as tf.Scalar;
const gradientsOf = (model: LayersClassifier, forward: (x: tf.Tensor) => tf.Tensor, inputs: tf.Tensor): number[][] => {
  const { grads } = tf.variableGrads(() => score(forward)(inputs), Object.values(model.weights));
  return [tf.grad(score(forward))(inputs), ...Object.values(model.weights).map(({ name }) => grads[name]!)].map((tensor) => [
    ...tensor.dataSync(),
  ]);
};
const shapes = [[5], [4, 3], [3, 4, 2]];

describe('inference', () => {
  it.each(shapes.map((shape) => [shape]))('has on the tape the bits that tfjs gives off it, for examples of shape %j', (shape) => {
    const model = networkOf(shape);
    tf.tidy(() => {
      const inputs = inputsOf(model);
      let taped: tf.Tensor | undefined;
      tf.grad((x: tf.Tensor) => {
        taped = tf.keep(tf.clone(model.logits(x)));
        return tf.sum(taped);
      })(inputs);
      expect(taped!.arraySync()).toEqual(stock(model)(inputs).arraySync());
      taped!.dispose();
    });
    model.dispose();
    freed();
  });

  it.each(shapes.map((shape) => [shape]))('has the gradients of tfjs, for examples of shape %j', (shape) => {
    const model = networkOf(shape);
    tf.tidy(() => {
      const inputs = inputsOf(model);
      const wanted = gradientsOf(model, stock(model), inputs);
      gradientsOf(model, (x) => model.logits(x), inputs).forEach((gradient, index) => {
        expect(relativeError(gradient, wanted[index]!)).toBeLessThan(2e-6);
      });
    });
    model.dispose();
    freed();
  });

  it('takes one kernel forward, and backward one product with a number a channel; sums for scale and shift alone', () => {
    const model = networkOf([3, 4, 2]);
    tf.tidy(() => {
      const inputs = inputsOf(model);
      const attack = costly(callsOf(() => tf.grad((x: tf.Tensor) => tf.sum(model.logits(x)))(inputs)));
      expect(attack.FusedBatchNorm).toBe(1);
      // Of the whole batch one Multiply. One is the sum's; variance + epsilon, its inverse root and the scale are a number for each channel.
      expect([attack.Multiply, attack.Add, attack.Rsqrt, attack.Sub, attack.Tile]).toEqual([3, 1, 1, undefined, undefined]);
      const scaleAlone = costly(callsOf(() => tf.variableGrads(() => tf.sum(model.logits(inputs)), [model.weights['norm/gamma']!])));
      expect(scaleAlone.Sub).toBe(1);
      expect(scaleAlone.FusedBatchNorm).toBe(1);
    });
    model.dispose();
    freed();
  });

  it('takes the sums for scale and shift from one kernel where the backend has it', () => {
    const model = networkOf([3, 2]);
    tf.tidy(() => {
      const inputs = inputsOf(model);
      const forward = (x: tf.Tensor) => model.logits(x);
      const wanted = gradientsOf(model, forward, inputs);
      const sums: tf.KernelFunc = ({ inputs: given }) => {
        const { dy, x, mean } = given as Record<string, tf.Tensor>;
        return tf.stack([tf.sum(dy!, [0, 1]), tf.sum(tf.mul(dy!, tf.sub(x!, mean!)), [0, 1])]);
      };
      withKernels({ BatchNormSums: sums }, (ran) => {
        expect(gradientsOf(model, forward, inputs)).toEqual(wanted);
        // Once for the weights; the gradient of the inputs needs none.
        expect(ran).toEqual(['BatchNormSums']);
      });
    });
    model.dispose();
    freed();
  });

  it('goes without scale or shift', () => {
    for (const options of [{ scale: false }, { center: false }, { scale: false, center: false }]) {
      const model = networkOf([3, 2], options);
      tf.tidy(() => {
        const inputs = inputsOf(model);
        const value = tf.valueAndGrad(score((x) => model.logits(x)))(inputs).value;
        expect(relativeError(value.dataSync(), score(stock(model))(inputs).dataSync())).toBeLessThan(1e-6);
      });
      model.dispose();
    }
    freed();
  });

  it('takes a batch of no examples, and shows a failed row alone', () => {
    const model = networkOf([2, 3]);
    tf.tidy(() => {
      const gradient = tf.grad(score((x) => model.logits(x)));
      expect(gradient(tf.zeros([0, 2, 3])).shape).toEqual([0, 2, 3]);
      const [fine, failed] = tf
        .split(gradient(tf.concat([tf.ones([1, 2, 3]), tf.fill([1, 2, 3], Number.NaN)])), 2)
        .map((row) => [...row.dataSync()]);
      expect(fine!.every(Number.isFinite)).toBe(true);
      expect(failed!.every(Number.isNaN)).toBe(true);
    });
    model.dispose();
    freed();
  });

  it('stands aside where gradients are differentiated in their turn', () => {
    const model = networkOf([3]);
    tf.tidy(() => {
      const inputs = inputsOf(model);
      const first = tf.grad(score((x) => tf.square(model.logits(x))));
      let second: tf.Tensor | undefined;
      const calls = callsOf(() => {
        second = freeFailedTape(() => tf.grad((x: tf.Tensor) => tf.sum(tf.square(first(x))))(inputs));
      });
      expect(calls.FusedBatchNorm).toBeUndefined();
      const { weights, buffers } = model;
      const byHand = tf.grad((x: tf.Tensor) => {
        const factor = tf.div(weights['norm/gamma']!, tf.sqrt(tf.add(buffers['norm/moving_variance']!, 0.01)));
        const normalised = tf.add(tf.mul(tf.sub(x, buffers['norm/moving_mean']!), factor), weights['norm/beta']!);
        const logits = tf.add(
          tf.matMul(normalised as tf.Tensor2D, weights['head/kernel'] as unknown as tf.Tensor2D),
          weights['head/bias']!,
        );
        return tf.sum(tf.square(tf.square(logits)));
      });
      const wanted = tf.grad((x: tf.Tensor) => tf.sum(tf.square(byHand(x))))(inputs);
      expect(relativeError(second!.dataSync(), wanted.dataSync())).toBeLessThan(1e-5);
    });
    model.dispose();
    freed();
  });
});

describe('training', () => {
  const averages = (model: LayersClassifier) => Object.values(model.buffers).map((buffer) => [...buffer.dataSync()]);

  it.each(shapes.map((shape) => [shape]))('has the values, gradients and moving averages of tfjs, for examples of shape %j', (shape) => {
    const [model, reference] = [networkOf(shape), networkOf(shape)];
    tf.tidy(() => {
      reference.layersModel.setWeights(model.layersModel.getWeights());
      const inputs = inputsOf(model, 6);
      const forward = (x: tf.Tensor) => model.logits(x, { mode: 'training' });
      const wanted = gradientsOf(reference, stock(reference, true), inputs);
      gradientsOf(model, forward, inputs).forEach((gradient, index) => {
        // The gradient of the shift of a layer without an activation behind it is exact; that of the inputs nearly cancels.
        expect(relativeError(gradient, wanted[index]!)).toBeLessThan(1e-5);
      });
      // Off the tape too.
      expect(relativeError(forward(inputs).dataSync(), stock(reference, true)(inputs).dataSync())).toBeLessThan(1e-6);
      expect(averages(model)).toEqual(averages(reference));
    });
    model.dispose();
    reference.dispose();
    freed();
  });

  it('has the gradient of central differences', async () => {
    const model = networkOf([4]);
    const inputs = tf.tidy(() => inputsOf(model, 5));
    const loss = score((x) => model.logits(x, { mode: 'batch-statistics' }));
    const numeric = await finiteDifferences(loss, inputs, 1e-2);
    tf.tidy(() => {
      expect(relativeError(tf.grad(loss)(inputs).dataSync(), numeric)).toBeLessThan(2e-3);
    });
    inputs.dispose();
    model.dispose();
    freed();
  });

  it('takes one kernel forward and one backward where the backend has them, off the tape as on it, and moves averages in training alone', () => {
    const model = networkOf([3, 2]);
    const forwardKernel: tf.KernelFunc = ({ inputs, attrs }) => {
      const { x, scale, offset } = inputs as Record<string, tf.Tensor>;
      const { mean, variance } = tf.moments(x!, [0, 1]);
      const { epsilon } = attrs as unknown as { readonly epsilon: number };
      return [tf.add(tf.mul(tf.mul(tf.sub(x!, mean), tf.rsqrt(tf.add(variance, epsilon))), scale!), offset!), mean, variance];
    };
    const backwardKernel: tf.KernelFunc = ({ inputs }) => [tf.zerosLike(inputs.x as tf.Tensor), tf.zeros([2]), tf.zeros([2])];
    tf.tidy(() => {
      const inputs = inputsOf(model);
      withKernels({ BatchNormTraining: forwardKernel, BatchNormTrainingGrad: backwardKernel }, (ran) => {
        const before = averages(model);
        const still = callsOf(() => model.logits(inputs, { mode: 'batch-statistics' }));
        expect(ran).toEqual(['BatchNormTraining']);
        expect(averages(model)).toEqual(before);
        const moving = callsOf(() => model.logits(inputs, { mode: 'training' }));
        expect(averages(model)).not.toEqual(before);
        // Three ops for each average, and none where they stay.
        expect(moving.Sub! - (still.Sub ?? 0)).toBe(4);
        expect(moving.Multiply! - (still.Multiply ?? 0)).toBe(2);
        ran.length = 0;
        tf.grad(score((x) => model.logits(x, { mode: 'training' })))(inputs);
        expect(ran).toEqual(['BatchNormTraining', 'BatchNormTrainingGrad']);
      });
    });
    model.dispose();
    freed();
  });

  it('leaves a layer alone whose call somebody has changed, and the layers as they were', () => {
    const model = networkOf([3]);
    const norm = model.layersModel.getLayer('norm');
    tf.tidy(() => {
      const inputs = inputsOf(model);
      model.logits(inputs, { mode: 'training' });
      expect(Object.hasOwn(norm, 'call')).toBe(false);
      const call = norm.call;
      norm.call = (given, kwargs) => tf.mul(call.call(norm, given, kwargs) as tf.Tensor, 0);
      const bias = model.weights['head/bias']!.arraySync();
      expect(model.logits(tf.slice(inputs, 0, 1), { mode: 'training' }).arraySync()).toEqual([bias]);
      Reflect.deleteProperty(norm, 'call');
    });
    model.dispose();
    freed();
  });
});
