import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fromLayersModel, type LayersClassifier } from './from-layers-model';
import { loadModel, saveModel } from './serialise';

const { dense, activation, softmax, batchNormalization, flatten } = tfl.layers;

beforeAll(() => tf.setBackend('cpu'));

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});

/** As tf.tidy, which would look for tensors inside the assertion that an arrow function returns. */
const scoped = (body: () => unknown): void => {
  tf.tidy(() => {
    body();
  });
};
const freed = () => expect(tf.memory().numTensors).toBe(tensorsBefore);
const near = (actual: readonly number[], wanted: readonly number[]): void => {
  expect(actual).toHaveLength(wanted.length);
  for (const [index, value] of wanted.entries()) expect(actual[index]).toBeCloseTo(value, 6);
};
const numbers = (tensor: tf.Tensor): number[] => Array.from(tf.tidy(() => tensor.dataSync()));

/** Two inputs, two classes: z = [x0 + 3 x1 + 0.5, 2 x0 + 4 x1 - 0.5]. */
const tiny = (last: 'linear' | 'softmax' = 'linear'): tfl.Sequential => {
  const network = tfl.sequential({ layers: [dense({ units: 2, inputShape: [2], activation: last, name: 'head' })] });
  tf.tidy(() => network.setWeights([tf.tensor([1, 2, 3, 4], [2, 2]), tf.tensor([0.5, -0.5])]));
  return network;
};
/** Of the sum of the logits for the inputs of the nested model above: W_inner ((1 - hidden^2) * (row sums of the head)). */
const slopes = (model: LayersClassifier, hidden: tf.Tensor): tf.Tensor =>
  tf.matMul(tf.mul(tf.sub(1, tf.square(hidden)), [3, 7, 11]) as tf.Tensor2D, model.buffers['inner/kernel'] as tf.Tensor2D, false, true);
const x = () =>
  tf.tensor2d([
    [1, 0],
    [0.5, 1],
  ]);

describe('the logits', () => {
  it('are those worked out by hand', () => {
    const model = fromLayersModel(tiny());
    // [1 + 0.5, 2 - 0.5] and [0.5 + 3 + 0.5, 1 + 4 - 0.5]
    scoped(() => expect(numbers(model.logits(x()))).toEqual([1.5, 1.5, 4, 4.5]));
    expect([model.classes, model.inputShape, model.bounds, model.head]).toEqual([2, [2], [0, 1], 'auto']);
    model.dispose();
    model.dispose();
    freed();
  });

  const deep = () => dense({ units: 5, inputShape: [4], activation: 'tanh', name: 'dense_1' });
  const functional = (): tfl.LayersModel => {
    const input = tfl.input({ shape: [2, 2] });
    const hidden = dense({ units: 5, activation: 'tanh' }).apply(flatten().apply(input));
    return tfl.model({ inputs: input, outputs: dense({ units: 3, activation: 'softmax' }).apply(hidden) as tfl.SymbolicTensor });
  };
  const nestedLast = () =>
    tfl.sequential({ layers: [dense({ units: 6, activation: 'tanh', inputShape: [5] }), dense({ units: 3, activation: 'softmax' })] });
  const heads: readonly (readonly [string, () => tfl.LayersModel])[] = [
    ['Dense with softmax', () => tfl.sequential({ layers: [deep(), dense({ units: 3, activation: 'softmax' })] })],
    [
      'Dense with softmax and no bias',
      () => tfl.sequential({ layers: [deep(), dense({ units: 3, activation: 'softmax', useBias: false })] }),
    ],
    ['a Softmax layer', () => tfl.sequential({ layers: [deep(), dense({ units: 3 }), softmax()] })],
    ["Activation('softmax')", () => tfl.sequential({ layers: [deep(), dense({ units: 3 }), activation({ activation: 'softmax' })] })],
    ['a functional model', functional],
    ['a nested last model', () => tfl.sequential({ layers: [deep(), nestedLast()] })],
    ['one dense layer alone', () => tfl.sequential({ layers: [dense({ units: 3, inputShape: [4], activation: 'softmax' })] })],
  ];

  it.each(heads)('of %s are a view whose softmax is what the model predicts', (_, make) => {
    const network = make();
    const model = fromLayersModel(network);
    scoped(() => {
      const inputs = tf.randomUniform([7, ...model.inputShape], 0, 1, 'float32', 3);
      const logits = model.logits(inputs);
      const predicted = numbers(network.predict(inputs) as tf.Tensor);
      near(numbers(tf.softmax(logits)), predicted);
      expect(numbers(logits)).not.toEqual(predicted);
    });
    model.dispose();
    freed();
  });

  it('of log-probabilities are the values before them', () => {
    const network = tfl.sequential({
      layers: [dense({ units: 2, inputShape: [2], name: 'head' }), activation({ activation: 'logSoftmax' as 'softmax' })],
    });
    tf.tidy(() => network.setWeights([tf.tensor([1, 2, 3, 4], [2, 2]), tf.tensor([0.5, -0.5])]));
    const model = fromLayersModel(network);
    scoped(() => expect(numbers(model.logits(x()))).toEqual([1.5, 1.5, 4, 4.5]));
    model.dispose();
    freed();
  });

  it('of one sigmoid unit are [0, z]', () => {
    const network = tfl.sequential({ layers: [dense({ units: 1, inputShape: [2], activation: 'sigmoid' })] });
    tf.tidy(() => network.setWeights([tf.tensor([1, -2], [2, 1]), tf.tensor([0.25])]));
    const model = fromLayersModel(network);
    expect(model.classes).toBe(2);
    scoped(() => {
      expect(numbers(model.logits(x()))).toEqual([0, 1.25, 0, -1.25]);
      const second = numbers(tf.slice(tf.softmax(model.logits(x())), [0, 1], [2, 1]));
      near(second, numbers(network.predict(x()) as tf.Tensor));
    });
    model.dispose();
    freed();
  });

  it('follow the weights when an optimiser assigns to them', () => {
    const model = fromLayersModel(tiny('softmax'));
    scoped(() => {
      model.weights['head/bias']!.assign(tf.tensor1d([10, 20]));
      expect(numbers(model.logits(x()))).toEqual([11, 22, 13.5, 25]);
      expect(numbers(model.layersModel.getWeights()[1]!)).toEqual([10, 20]);
    });
    model.dispose();
    freed();
  });

  it('have gradients for the input and for the weights, through the softmax view as well', () => {
    const model = fromLayersModel(tiny('softmax'));
    scoped(() => {
      const difference = (logits: tf.Tensor2D): tf.Scalar => tf.sum(tf.mul(logits, tf.tensor2d([[1, -1]])));
      // d(z0 - z1)/dx = [1 - 2, 3 - 4]
      expect(numbers(tf.grad((inputs: tf.Tensor) => difference(model.logits(inputs)))(x()))).toEqual([-1, -1, -1, -1]);
      const { grads } = tf.variableGrads(() => difference(model.logits(x())), Object.values(model.weights));
      expect(Object.keys(grads)).toHaveLength(2);
      const [kernel, bias] = tf.grads((_kernel: tf.Tensor, _bias: tf.Tensor) => difference(model.logits(x())))(
        Object.values(model.weights),
      );
      // d/dW[i][k] = sum over the batch of x[i], with the sign of the class
      expect(numbers(kernel!)).toEqual([1.5, -1.5, 1, -1]);
      expect(numbers(bias!)).toEqual([2, -2]);
    });
    model.dispose();
    freed();
  });
});

describe('the weights', () => {
  it('have the same keys in two models of one architecture', () => {
    const make = () =>
      fromLayersModel(
        tfl.sequential({ layers: [dense({ units: 3, inputShape: [2], name: 'dense_1' }), dense({ units: 2, name: 'dense_1_1' })] }),
      );
    const [first, second] = [make(), make()];
    expect(Object.keys(first.weights)).toEqual(['dense_1/kernel', 'dense_1/bias', 'dense_1_1/kernel', 'dense_1_1/bias']);
    expect(Object.keys(second.weights)).toEqual(Object.keys(first.weights));
    expect(second.weights['dense_1/kernel']).not.toBe(first.weights['dense_1/kernel']);
    first.dispose();
    second.dispose();
    freed();
  });

  it('that are frozen are buffers', () => {
    const network = tfl.sequential({
      layers: [dense({ units: 3, inputShape: [2], name: 'frozen', trainable: false }), dense({ units: 2, name: 'free' })],
    });
    const model = fromLayersModel(network);
    expect(Object.keys(model.weights)).toEqual(['free/kernel', 'free/bias']);
    expect(Object.keys(model.buffers)).toEqual(['frozen/kernel', 'frozen/bias']);
    model.dispose();
    freed();
  });

  it('that are frozen in a nested model, or alone in their layer, are buffers; the values stay with their names', () => {
    const inner = tfl.sequential({ layers: [dense({ units: 3, inputShape: [2], activation: 'tanh', name: 'inner' })] });
    inner.trainable = false;
    const network = tfl.sequential({ layers: [inner, dense({ units: 2, name: 'head', activation: 'softmax' })] });
    const head = network.getLayer('head');
    // From here on tfjs-layers lists the bias of this layer before its kernel.
    head.trainableWeights[0]!.trainable = false;
    tf.tidy(() => head.setWeights([tf.tensor([5, 6]), tf.tensor([1, 2, 3, 4, 5, 6], [3, 2])]));
    const model = fromLayersModel(network);
    expect(Object.keys(model.weights)).toEqual(['head/bias']);
    expect(Object.keys(model.buffers).sort()).toEqual(['head/kernel', 'inner/bias', 'inner/kernel']);
    scoped(() => {
      const hidden = tf.tanh(tf.add(tf.matMul(x(), model.buffers['inner/kernel'] as tf.Tensor2D), model.buffers['inner/bias']!));
      const wanted = tf.add(tf.matMul(hidden as tf.Tensor2D, tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2])), [5, 6]);
      near(numbers(model.logits(x())), numbers(wanted));
      const { grads } = tf.variableGrads(() => tf.sum(model.logits(x())), Object.values(model.weights));
      expect(Object.values(grads).map(numbers)).toEqual([[2, 2]]);
      // On the tape and in training alike, and a frozen kernel stays.
      const before = numbers(model.buffers['inner/kernel']!);
      near(numbers(tf.grad((point: tf.Tensor) => tf.sum(model.logits(point, { mode: 'training' })))(x())), numbers(slopes(model, hidden)));
      expect(numbers(model.buffers['inner/kernel']!)).toEqual(before);
    });
    model.dispose();
    freed();
  });

  it('that are integers are buffers, whether a layer calls them trainable or not, and keep their type through a file', async () => {
    /** Counts its training passes. */
    class Counting extends tfl.layers.Layer {
      static className = 'CountingForTests';
      override build(): void {
        const zeros = tfl.initializers.zeros();
        this.addWeight('passes', [1], 'int32', zeros, undefined, true);
        this.addWeight('rows', [1], 'int32', zeros, undefined, false);
        this.addWeight('shift', [1], 'float32', zeros);
        this.built = true;
      }
      override call(inputs: tf.Tensor[], { training }: { training?: boolean }): tf.Tensor {
        return tf.tidy(() => {
          const [passes, rows, shift] = ['passes', 'rows', 'shift'].map(
            (name) => this.weights.find((weight) => weight.originalName.endsWith(name))!,
          );
          if (training)
            for (const [weight, more] of [
              [passes!, 1],
              [rows!, inputs[0]!.shape[0] ?? 0],
            ] as const)
              weight.write(tf.add(weight.read(), tf.scalar(more, 'int32')));
          return tf.add(inputs[0]!, shift!.read());
        });
      }
    }
    tf.serialization.registerClass(Counting);
    const network = tfl.sequential({ layers: [new Counting({ inputShape: [2], name: 'count' }), dense({ units: 2, name: 'head' })] });
    const model = fromLayersModel(network);
    expect(Object.keys(model.weights)).toEqual(['count/shift', 'head/kernel', 'head/bias']);
    expect(Object.entries(model.buffers).map(([name, { dtype }]) => [name, dtype])).toEqual([
      ['count/passes', 'int32'],
      ['count/rows', 'int32'],
    ]);
    scoped(() => {
      model.logits(x(), { mode: 'training' });
      model.logits(x(), { mode: 'batch-statistics' });
      model.logits(x());
      const { grads } = tf.variableGrads(() => tf.sum(model.logits(x(), { mode: 'training' })), Object.values(model.weights));
      expect(Object.keys(grads)).toHaveLength(3);
    });
    const counts = (of: typeof model) => Object.values(of.buffers).map(numbers);
    expect(counts(model)).toEqual([[2], [4]]);
    let kept: tf.io.ModelArtifacts = {};
    const save = async (artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> => {
      kept = artifacts;
      return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
    };
    await saveModel(model, { save });
    const loaded = await loadModel({ load: async () => kept });
    expect([counts(loaded), Object.values(loaded.buffers).map(({ dtype }) => dtype)]).toEqual([counts(model), ['int32', 'int32']]);
    model.dispose();
    loaded.dispose();
    freed();
  });

  it('of nested models must have distinct names', () => {
    const inner = () => tfl.sequential({ layers: [dense({ units: 2, inputShape: [2], name: 'same' })] });
    expect(() => fromLayersModel(tfl.sequential({ layers: [inner(), dense({ units: 2, name: 'middle' }), inner()] }))).toThrow(
      'expected `model` to be a model whose weights have distinct names, got "same/kernel twice"',
    );
  });
});

describe('the modes', () => {
  const normalised = () => {
    const layers = [
      dense({ units: 3, inputShape: [2], name: 'dense_1' }),
      batchNormalization({ name: 'norm' }),
      dense({ units: 2, name: 'dense_2' }),
    ];
    return fromLayersModel(tfl.sequential({ layers }));
  };
  const averages = (model: ReturnType<typeof normalised>) => Object.values(model.buffers).map(numbers);

  it('move the moving averages in training alone', () => {
    const model = normalised();
    expect(Object.keys(model.buffers)).toEqual(['norm/moving_mean', 'norm/moving_variance']);
    const start = averages(model);
    scoped(() => {
      const inference = numbers(model.logits(x()));
      expect(averages(model)).toEqual(start);
      const batch = numbers(model.logits(x(), { mode: 'batch-statistics' }));
      expect(averages(model)).toEqual(start);
      expect(batch).not.toEqual(inference);
      expect(numbers(model.logits(x(), { mode: 'training' }))).toEqual(batch);
      expect(averages(model)).not.toEqual(start);
    });
    model.dispose();
    freed();
  });

  it('move them as tfjs-layers does: by 1 - momentum towards the batch', () => {
    const network = tfl.sequential({ layers: [batchNormalization({ inputShape: [2], name: 'norm', momentum: 0.9 }), dense({ units: 2 })] });
    const model = fromLayersModel(network);
    scoped(() => model.logits(x(), { mode: 'training' }));
    // Means of the batch 0.75 and 0.5, variances 0.0625 and 0.25; from 0 and 1.
    const [mean, variance] = averages(model);
    near(mean!, [0.075, 0.05]);
    near(variance!, [0.90625, 0.925]);
    model.dispose();
    freed();
  });

  it('leave the averages writable after batch-statistics, also after an error inside', () => {
    const model = normalised();
    const start = averages(model);
    const last = model.layersModel.getLayer('dense_2');
    const call = last.call;
    last.call = () => {
      throw new Error('boom');
    };
    scoped(() => expect(() => model.logits(x(), { mode: 'batch-statistics' })).toThrow('boom'));
    expect(averages(model)).toEqual(start);
    last.call = call;
    scoped(() => model.logits(x(), { mode: 'training' }));
    expect(averages(model)).not.toEqual(start);
    model.dispose();
    freed();
  });

  it('give weight gradients on batch statistics', () => {
    const model = normalised();
    const start = averages(model);
    scoped(() => {
      const loss = () => tf.mean(tf.square(model.logits(x(), { mode: 'batch-statistics' }))) as tf.Scalar;
      const { grads } = tf.variableGrads(loss, Object.values(model.weights));
      expect(Object.keys(grads)).toHaveLength(6);
    });
    expect(averages(model)).toEqual(start);
    model.dispose();
    freed();
  });

  const drawing = [
    ['Dropout', () => tfl.layers.dropout({ rate: 0.5, name: 'noisy' })],
    ['GaussianNoise', () => tfl.layers.gaussianNoise({ stddev: 1, name: 'noisy' })],
    ['GaussianDropout', () => tfl.layers.gaussianDropout({ rate: 0.5, name: 'noisy' })],
    ['AlphaDropout', () => tfl.layers.alphaDropout({ rate: 0.5, name: 'noisy' })],
  ] as const;
  it.each(drawing)('that train are refused with %s, which draws its own random numbers', (className, make) => {
    const inner = tfl.sequential({ layers: [dense({ units: 3, inputShape: [2] }), make()] });
    const model = fromLayersModel(tfl.sequential({ layers: [dense({ units: 2, inputShape: [2] }), inner, dense({ units: 2 })] }));
    scoped(() => {
      expect(numbers(model.logits(x()))).toEqual(numbers(model.logits(x())));
      for (const mode of ['training', 'batch-statistics'] as const) {
        expect(() => model.logits(x(), { mode })).toThrow(
          `LayersClassifier.logits: expected \`mode\` to be 'inference' for this model, got "${mode}". noisy (${className}) draws its own random numbers`,
        );
        const remedy = className === 'Dropout' ? 'Use keyedDropout of @groundstate/models in its place' : 'Remove the layer';
        expect(() => model.logits(x(), { mode })).toThrow(`${remedy}, or use mode 'inference'.`);
      }
    });
    model.dispose();
    freed();
  });

  it('that train are refused where tfjs-layers would crash: batch normalisation without scale', () => {
    const network = tfl.sequential({ layers: [batchNormalization({ inputShape: [2], scale: false, name: 'norm' }), dense({ units: 2 })] });
    const model = fromLayersModel(network);
    scoped(() =>
      expect(() => model.logits(x(), { mode: 'training' })).toThrow(
        'norm (BatchNormalization) while training without both scale and center',
      ),
    );
    model.dispose();
    freed();
  });
});

describe('batch normalisation along another axis than the last', () => {
  const along = (axis: number) =>
    tfl.sequential({ layers: [batchNormalization({ axis, inputShape: [3, 2], name: 'norm' }), flatten(), dense({ units: 2 })] });

  it('is refused: tfjs gets it wrong', () => {
    const network = along(1);
    expect(() => fromLayersModel(network)).toThrow('a model that normalises along the last axis, got "norm (BatchNormalization)".');
    const layer = network.getLayer('norm');
    scoped(() => {
      layer.setWeights([tf.ones([3]), tf.zeros([3]), tf.tensor([1, 2, 3]), tf.ones([3])]);
      const values = numbers(layer.apply(tf.ones([1, 3, 2])) as tf.Tensor);
      // 1 - mean, over the square root of 1.001, would be 0, 0, -1, -1, -2, -2. The day it is, the refusal may go.
      expect(values.map((value) => Math.round(value) + 0)).toEqual([0, -1, -2, 0, -1, -2]);
    });
    network.dispose();
    freed();
  });

  it('is allowed where the last axis is counted from the front', () => {
    for (const axis of [-1, 2]) {
      const model = fromLayersModel(along(axis));
      scoped(() => expect(model.logits(tf.ones([2, 3, 2]), { mode: 'training' }).shape).toEqual([2, 2]));
      model.dispose();
    }
    freed();
  });
});

describe('the refusals', () => {
  const ending = (units: number, last: 'relu' | 'sigmoid' | 'softmax' | 'linear' | 'tanh') =>
    tfl.sequential({ layers: [dense({ units, inputShape: [2], activation: last, name: 'last' })] });

  it('name the head and say what to do', () => {
    expect(() => fromLayersModel(ending(3, 'relu'))).toThrow(
      'fromLayersModel: expected `model` to be a classifier that ends in logits or in a softmax, got "last (Dense with relu)". ' +
        "End the model with a linear or a softmax layer, or pass head: 'logits' when you are certain that its output already is the logits.",
    );
    expect(() => fromLayersModel(ending(3, 'sigmoid'))).toThrow('a classifier with one class per example, got "last (Dense with sigmoid)"');
    expect(() => fromLayersModel(ending(3, 'sigmoid'), { head: 'logits' })).toThrow('a classifier with one class per example');
    expect(() => fromLayersModel(ending(1, 'linear'))).toThrow(
      'at least 2 outputs or one sigmoid unit, got "1 output of last (Dense with linear)"',
    );
    expect(() => fromLayersModel(ending(3, 'softmax'), { head: 'logits' })).toThrow("'auto' for a model that ends in a known activation");
    const pooled = tfl.sequential({
      layers: [
        tfl.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 1] }),
        tfl.layers.globalAveragePooling2d({ name: 'pool' }),
      ],
    });
    expect(() => fromLayersModel(pooled)).toThrow('got "pool (GlobalAveragePooling2D)"');
    const model = fromLayersModel(pooled, { head: 'logits' });
    expect(model.classes).toBe(3);
  });

  it('catch probabilities that the structure does not show', () => {
    const network = tfl.sequential({ layers: [ending(3, 'softmax'), tfl.layers.reshape({ targetShape: [3], name: 'shape' })] });
    expect(() => fromLayersModel(network, { head: 'logits' })).toThrow(
      'fromLayersModel: expected `model` to be a model whose output is logits, got "probabilities (within [0, 1], sum 1)"',
    );
  });

  it('catch NaN weights', () => {
    const network = ending(2, 'linear');
    tf.tidy(() => network.setWeights([tf.tensor([1, 2, Number.NaN, 4], [2, 2]), tf.zeros([2])]));
    expect(() => fromLayersModel(network)).toThrow('a model with finite logits, got "NaN or infinity for a plain input"');
  });

  it('cover inputs and outputs', () => {
    const [first, second] = [tfl.input({ shape: [2] }), tfl.input({ shape: [2] })];
    const both = tfl.layers.concatenate().apply([first, second]) as tfl.SymbolicTensor;
    const out = () => dense({ units: 2 }).apply(both) as tfl.SymbolicTensor;
    expect(() => fromLayersModel(tfl.model({ inputs: [first, second], outputs: out() }))).toThrow('one input, got "2 inputs"');
    const hidden = dense({ units: 2 }).apply(first) as tfl.SymbolicTensor;
    const forked = tfl.model({ inputs: first, outputs: [hidden, dense({ units: 2 }).apply(hidden) as tfl.SymbolicTensor] });
    expect(() => fromLayersModel(forked)).toThrow('one output, got "2 outputs"');
    const embedded = tfl.sequential({
      layers: [tfl.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 3, name: 'words' }), flatten(), dense({ units: 2 })],
    });
    expect(() => fromLayersModel(embedded)).toThrow('a model with a gradient for its input, got "words (Embedding)"');
    expect(() => fromLayersModel(tfl.sequential({ layers: [dense({ units: 2, batchInputShape: [8, 2] })] }))).toThrow('an open batch axis');
    expect(() => fromLayersModel(tfl.sequential({ layers: [dense({ units: 2, inputShape: [3, 2] })] }))).toThrow(
      'an output of shape [null, classes]',
    );
    const open = tfl.sequential({
      layers: [tfl.layers.globalAveragePooling2d({ inputShape: [null, null, 3] as unknown as number[] }), dense({ units: 2 })],
    });
    expect(() => fromLayersModel(open)).toThrow('a fixed inputShape');
    expect(() => fromLayersModel({} as tfl.LayersModel)).toThrow(
      'a tf.LayersModel, got an object with keys []. A graph-model has no weights to train',
    );
  });

  it('cover options and calls', () => {
    const network = ending(2, 'linear');
    expect(() => fromLayersModel(network, { bounds: [1, 0] })).toThrow('two numbers [lower, upper] with lower < upper, got [1, 0]');
    expect(() => fromLayersModel(network, { heads: 'auto' } as object)).toThrow(
      "expected `option` to be one of 'name', 'bounds', 'head', got \"heads\"",
    );
    const model = fromLayersModel(network, { bounds: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], name: 'mine' });
    expect(model.name).toBe('mine');
    const wrong = tf.zeros([2, 3]);
    expect(() => model.logits(wrong)).toThrow(
      'LayersClassifier.logits: expected `inputs` to be a tensor of shape [n, 2], got a float32 tensor of shape [2,3].',
    );
    wrong.dispose();
    model.dispose();
    scoped(() => expect(() => model.logits(x())).toThrow('has been disposed'));
    freed();
  });
});

it('logits and gradients leave no tensors behind', () => {
  const model = fromLayersModel(tiny('softmax'));
  const inputs = x();
  const before = tf.memory().numTensors;
  for (const mode of ['inference', 'training', 'batch-statistics'] as const) model.logits(inputs, { mode }).dispose();
  tf.grad((point: tf.Tensor) => tf.sum(model.logits(point)))(inputs).dispose();
  expect(tf.memory().numTensors).toBe(before);
  inputs.dispose();
  model.dispose();
  freed();
});
