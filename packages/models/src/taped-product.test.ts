import { enableSecondOrder, freeFailedTape } from '@groundstate/core';
import { relativeError } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';

const { conv2d, dense, flatten } = tfl.layers;

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => vi.restoreAllMocks());
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);

/** The names of the kernels that `body` runs. */
function kernelsOf(body: () => unknown): string[] {
  const engine = tf.engine();
  const original = engine.runKernel.bind(engine);
  const names: string[] = [];
  const spy = vi.spyOn(engine, 'runKernel').mockImplementation(((name: string, inputs: never, attributes: never) => {
    names.push(name);
    return original(name, inputs, attributes);
  }) as never);
  body();
  spy.mockRestore();
  return names;
}

type Settings = {
  readonly size: readonly [number, number];
  readonly channels: number;
  readonly filters: number;
  readonly kernelSize: number;
  readonly strides: number;
  readonly padding: 'same' | 'valid';
  readonly activation: 'relu' | 'linear' | 'elu';
  readonly useBias: boolean;
};
const networkOf = ({ size, channels, ...layer }: Settings): LayersClassifier => {
  const { activation, useBias } = layer;
  const layers = [
    conv2d({ ...layer, inputShape: [...size, channels], biasInitializer: 'randomNormal' }),
    flatten(),
    dense({ units: 4, activation, useBias, biasInitializer: 'randomNormal' }),
    dense({ units: 3 }),
  ];
  return fromLayersModel(tfl.sequential({ layers }));
};
const standard: Settings = {
  size: [5, 6],
  channels: 2,
  filters: 3,
  kernelSize: 3,
  strides: 1,
  padding: 'same',
  activation: 'relu',
  useBias: true,
};
const stock = (model: LayersClassifier) => (x: tf.Tensor) => model.layersModel.apply(x, { training: false }) as tf.Tensor;

/** Values, and the gradients of the sum of squares for the inputs and the weights. */
function answers(forward: (x: tf.Tensor) => tf.Tensor, inputs: tf.Tensor, weights: readonly tf.Variable[]): number[][] {
  const score = (x: tf.Tensor): tf.Scalar => tf.sum(tf.square(forward(x)));
  const { grads } = tf.variableGrads(() => score(inputs), [...weights]);
  const tensors = [forward(inputs), tf.grad(score)(inputs), ...weights.map(({ name }) => grads[name]!)];
  return tensors.map((tensor) => [...tensor.dataSync()]);
}

describe('a layer as one node of the tape', () => {
  it('has the values and the gradients of tfjs, bit for bit, for layers of every kind', () => {
    const settings = fc.record({
      size: fc.tuple(fc.integer({ min: 3, max: 7 }), fc.integer({ min: 3, max: 7 })),
      channels: fc.integer({ min: 1, max: 3 }),
      filters: fc.integer({ min: 1, max: 5 }),
      kernelSize: fc.integer({ min: 1, max: 3 }),
      strides: fc.integer({ min: 1, max: 2 }),
      padding: fc.constantFrom('same' as const, 'valid' as const),
      activation: fc.constantFrom('relu' as const, 'linear' as const, 'elu' as const),
      useBias: fc.boolean(),
    });
    fc.assert(
      fc.property(settings, fc.integer({ min: 1, max: 5 }), (setting, rows) => {
        const model = networkOf(setting);
        tf.tidy(() => {
          const inputs = tf.randomUniform([rows, ...model.inputShape], -1, 1, 'float32', 3);
          const weights = Object.values(model.weights);
          expect(answers((x) => model.logits(x), inputs, weights)).toEqual(answers(stock(model), inputs, weights));
        });
        model.dispose();
      }),
      { numRuns: 40 },
    );
    freed();
  });

  it('takes the gradient of a rectifier from one kernel where the backend has it', () => {
    const model = networkOf(standard);
    tf.tidy(() => {
      const inputs = tf.randomUniform([2, ...model.inputShape], 0, 1, 'float32', 3);
      const gradient = () => tf.grad((x: tf.Tensor) => tf.sum(tf.square(model.logits(x))))(inputs);
      const wanted = [...gradient().dataSync()];
      const kernelFunc: tf.KernelFunc = ({ inputs: { dy, x } }) => tf.mul(dy as tf.Tensor, tf.step(x as tf.Tensor));
      tf.registerKernel({ kernelName: 'ReluGrad', backendName: 'cpu', kernelFunc });
      try {
        let ours: number[] = [];
        const names = kernelsOf(() => {
          ours = [...gradient().dataSync()];
        });
        expect(names.filter((name) => name === 'ReluGrad')).toHaveLength(2);
        expect(ours).toEqual(wanted);
      } finally {
        tf.unregisterKernel('ReluGrad', 'cpu');
      }
    });
    model.dispose();
    freed();
  });

  it('runs one kernel forward, and backward none for what nobody asks for', () => {
    const model = networkOf(standard);
    tf.tidy(() => {
      const inputs = tf.randomUniform([2, ...model.inputShape], 0, 1, 'float32', 3);
      const score = (x: tf.Tensor): tf.Scalar => tf.sum(model.logits(x));
      const count = (names: readonly string[], ...wanted: readonly string[]): number[] =>
        wanted.map((name) => names.filter((other) => other === name).length);
      const products = ['FusedConv2D', '_FusedMatMul', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', 'BatchMatMul'];
      const attack = kernelsOf(() => tf.grad(score)(inputs));
      expect(count(attack, ...products)).toEqual([1, 2, 1, 0, 2]);
      expect(count(attack, 'Conv2D', 'Add', 'Relu')).toEqual([0, 0, 0]);
      const training = kernelsOf(() => tf.variableGrads(() => score(inputs), Object.values(model.weights)));
      expect(count(training, ...products)).toEqual([1, 2, 0, 1, 4]);
    });
    model.dispose();
    freed();
  });

  it('keeps its input, its kernel and its output on the tape, and of a linear layer no output', () => {
    const model = networkOf({ ...standard, activation: 'linear' });
    const rectified = networkOf(standard);
    tf.tidy(() => {
      const savedBy = (network: LayersClassifier): number[] => {
        const saved: number[] = [];
        tf.grad((x: tf.Tensor) => {
          const logits = network.logits(x);
          const { activeTape = [] } = tf.engine().state as unknown as { readonly activeTape?: { readonly saved?: readonly tf.Tensor[] }[] };
          saved.push(...activeTape.map((node) => node.saved?.length ?? 0));
          return tf.sum(logits);
        })(tf.ones([1, ...network.inputShape]));
        return saved.filter((count) => count > 1);
      };
      expect(savedBy(model)).toEqual([2, 2, 2]);
      expect(savedBy(rectified)).toEqual([3, 3, 2]);
    });
    model.dispose();
    rectified.dispose();
    freed();
  });

  it('takes a batch of no examples', () => {
    const model = networkOf(standard);
    tf.tidy(() => {
      const inputs = tf.zeros([0, ...model.inputShape]);
      const score = (x: tf.Tensor): tf.Scalar => tf.sum(model.logits(x));
      expect(tf.grad(score)(inputs).shape).toEqual([0, 5, 6, 2]);
      const { grads } = tf.variableGrads(() => score(inputs), Object.values(model.weights));
      for (const gradient of Object.values(grads)) expect([...gradient.dataSync()].every((value) => value === 0)).toBe(true);
    });
    model.dispose();
    freed();
  });

  it('leaves a failed row visible, and other rows alone', () => {
    const model = networkOf(standard);
    tf.tidy(() => {
      const inputs = tf.concat([tf.ones([1, ...model.inputShape]), tf.fill([1, ...model.inputShape], Number.NaN)]);
      const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.square(model.logits(x))))(inputs);
      const [fine, failed] = tf.split(gradient, 2).map((row) => [...row.dataSync()]);
      expect(fine!.every(Number.isFinite)).toBe(true);
      expect(failed!.every(Number.isNaN)).toBe(true);
    });
    model.dispose();
    freed();
  });

  it('stands aside where gradients are differentiated in their turn', () => {
    enableSecondOrder();
    const model = networkOf({ ...standard, activation: 'elu' });
    tf.tidy(() => {
      const inputs = tf.randomUniform([2, ...model.inputShape], -1, 1, 'float32', 3);
      const second = (forward: (x: tf.Tensor) => tf.Tensor): tf.Tensor => {
        const first = tf.grad((x: tf.Tensor) => tf.sum(tf.square(forward(x))));
        return tf.grad((x: tf.Tensor) => tf.sum(tf.square(first(x))))(inputs);
      };
      let ours: tf.Tensor | undefined;
      const names = kernelsOf(() => {
        ours = freeFailedTape(() => second((x) => model.logits(x)));
      });
      expect(names).toContain('Conv2D');
      expect(names).not.toContain('FusedConv2D');
      // Apart by hand, with no layer in between.
      const [filter, shift, first, bias, last, end] = Object.values(model.weights) as unknown as tf.Tensor[];
      const byHand = second((x) => {
        const images = tf.elu(tf.add(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'), shift!));
        const hidden = tf.elu(tf.add(tf.matMul(tf.reshape(images, [2, -1]) as tf.Tensor2D, first as tf.Tensor2D), bias!));
        return tf.add(tf.matMul(hidden as tf.Tensor2D, last as tf.Tensor2D), end!);
      });
      expect(relativeError(ours!.dataSync(), byHand.dataSync())).toBeLessThan(1e-6);
      expect(Math.max(...ours!.dataSync())).toBeGreaterThan(0);
    });
    model.dispose();
    freed();
  });
});
