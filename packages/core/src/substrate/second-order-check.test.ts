import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { numbers, secondOrderError, spread } from '../../tests/second-order';
import { leavesNoTensors } from '../../tests/tensors';
import type { Model, TrainableModel } from '../contract/model';
import { createNoise } from '../noise/create-noise';
import { secondOrderObstacle, verifiedKernels } from './second-order-check';
import { enableSecondOrder } from './second-order-gradients';
import { tapeBetween } from './tape-between';
import './register-gradients';

const squared = (x: Tensor): Tensor => tf.sum(tf.square(x));
const image = [1, 5, 5, 2];
const filter = (): Tensor4D => numbers('filter', [3, 3, 2, 3]) as Tensor4D;
const matrix = (): Tensor2D => numbers('matrix', [4, 3]) as Tensor2D;
const rows = (x: Tensor): Tensor2D => tf.reshape(x, [2, 4]) as Tensor2D;
const positive = (x: Tensor): Tensor => tf.add(x, 1.5);

/** Together they have every verified kernel on their tape. */
const cases: readonly (readonly [string, (x: Tensor) => Tensor, readonly number[]])[] = [
  ['sums, products, powers', (x) => tf.sum(tf.pow(tf.sub(tf.mul(x, x), tf.neg(tf.div(x, positive(x)))), 3)), [8]],
  ['roots and logarithms', (x) => tf.sum(tf.mul(tf.sqrt(positive(x)), tf.add(tf.log(positive(x)), tf.rsqrt(positive(x))))), [8]],
  ['log1p, expm1, reciprocal', (x) => tf.sum(tf.mul(tf.log1p(positive(x)), tf.mul(tf.expm1(x), tf.reciprocal(positive(x))))), [8]],
  ['sine and cosine', (x) => tf.sum(tf.mul(tf.sin(x), tf.cos(x))), [8]],
  ['matrix products', (x) => squared(tf.tanh(tf.matMul(rows(x), matrix()))), [8]],
  ['transposed matrix products', (x) => squared(tf.tanh(tf.matMul(matrix(), rows(x), true, true))), [8]],
  ['exponentials', (x) => tf.sum(tf.mul(tf.exp(x), tf.sigmoid(x))), [8]],
  ['softmax', (x) => squared(tf.square(tf.softmax(rows(x)))), [8]],
  ['logSoftmax', (x) => squared(tf.square(tf.logSoftmax(rows(x)))), [8]],
  ['softplus and erf', (x) => squared(tf.mul(tf.softplus(x), tf.erf(x))), [8]],
  ['rectifiers', (x) => squared(tf.add(tf.square(tf.relu(x)), tf.square(tf.relu6(tf.mul(9, x))))), [8]],
  ['leaky rectifiers', (x) => squared(tf.add(tf.square(tf.leakyRelu(x, 0.2)), tf.square(tf.prelu(x, tf.fill(x.shape, 0.2))))), [8]],
  ['exponential units', (x) => squared(tf.add(tf.elu(tf.mul(3, x)), tf.selu(x))), [8]],
  ['clipping', (x) => squared(tf.square(tf.clipByValue(x, -0.6, 0.6))), [8]],
  ['maximum and minimum', (x) => squared(tf.square(tf.maximum(tf.minimum(x, 0.5), -0.5))), [8]],
  ['absolute values', (x) => squared(tf.mul(tf.abs(x), x)), [8]],
  ['largest and smallest', (x) => tf.square(tf.mul(tf.square(tf.max(x)), tf.min(x))), [8]],
  ['choosing', (x) => squared(tf.square(tf.where(tf.greater(x, 0), tf.square(x), tf.mul(3, x)))), [8]],
  ['means', (x) => tf.sum(tf.square(tf.mean(tf.square(rows(x)), 0))), [8]],
  [
    'joining and cutting',
    (x) => squared(tf.square(tf.concat([tf.slice(x, 1, 4), tf.square(x), tf.gather(x, tf.tensor1d([1, 1, 3], 'int32'))]))),
    [8],
  ],
  [
    'padding',
    (x) =>
      squared(
        tf.square(
          tf.pad(rows(tf.square(x)), [
            [1, 1],
            [0, 2],
          ]),
        ),
      ),
    [8],
  ],
  [
    'mirrored padding',
    (x) =>
      squared(
        tf.square(
          tf.mirrorPad(
            rows(tf.square(x)),
            [
              [1, 1],
              [0, 2],
            ],
            'reflect',
          ),
        ),
      ),
    [8],
  ],
  ['stacking', (x) => squared(tf.stack(tf.unstack(rows(tf.square(x)), 1).map((part) => tf.square(part)))), [8]],
  [
    'transposing and tiling',
    (x) => squared(tf.mul(tf.tile(tf.transpose(rows(x)), [1, 2]), tf.tile(tf.square(tf.transpose(rows(x))), [1, 2]))),
    [8],
  ],
  ['broadcasting', (x) => squared(tf.mul(tf.broadcastTo(tf.square(tf.slice(rows(x), 0, 1)), [2, 4]), rows(x))), [8]],
  ['splitting', (x) => squared(tf.mul(...(tf.split(tf.square(x), 2) as [Tensor, Tensor]))), [8]],
  ['expanding', (x) => squared(tf.mul(tf.expandDims(tf.square(x), 1), x)), [8]],
  ['convolution', (x) => squared(tf.tanh(tf.conv2d(x as Tensor4D, filter(), 2, 'same'))), image],
  [
    'convolution, for its filter',
    (f) => squared(tf.tanh(tf.conv2d(numbers('inputs', image) as Tensor4D, f as Tensor4D, 1, 'valid'))),
    [3, 3, 2, 3],
  ],
  ['average pooling', (x) => squared(tf.square(tf.avgPool(x as Tensor4D, 2, 2, 'same'))), image],
  ['max pooling', (x) => squared(tf.square(tf.maxPool(x as Tensor4D, 2, 2, 'same'))), image],
  ['max pooling of one example', (x) => squared(tf.square(tf.maxPool(x as Tensor3D, 2, 2, 'valid'))), [4, 4, 2]],
  [
    'batch normalisation',
    (x) =>
      squared(
        tf.tanh(
          tf.batchNorm(
            tf.square(rows(x)),
            tf.tensor1d([0, 0.1, 0.2, 0.3]),
            tf.tensor1d([1, 2, 3, 4]),
            tf.ones([4]),
            tf.tensor1d([1, 2, 0.5, 2]),
          ),
        ),
      ),
    [8],
  ],
];

describe('the verified kernels', () => {
  leavesNoTensors();

  it.each(cases)('%s have the second derivative that finite differences of the first say', async (_, evaluate, shape) => {
    enableSecondOrder();
    expect(await secondOrderError(evaluate, shape, 2e-3)).toBeLessThan(1e-2);
  });

  it('are those of the cases above, no more and no less', () => {
    enableSecondOrder();
    const found = new Set<string>();
    for (const [, evaluate, shape] of cases) {
      tf.tidy(() => {
        const x = spread(shape);
        tf.grad((at: Tensor) => {
          const slope = squared(tf.grad(evaluate)(at));
          for (const name of tapeBetween([at], slope)) if (/^_?[A-Z]/.test(name)) found.add(name);
          return slope;
        })(x);
      });
    }
    expect([...found].sort()).toEqual([...verifiedKernels].sort());
  });
});

/** A network of the given layers over given inputs, with its kernels as weights. */
function network(
  name: string,
  activation: (x: Tensor) => Tensor,
  sizes: readonly number[] = [12, 40, 5],
): TrainableModel & { dispose(): void } {
  const kernels = sizes.slice(1).map((to, layer) =>
    tf.tidy(() => {
      const values = createNoise(7, Int32Array.of(layer)).stream(name).normal([sizes[layer]!, to]);
      return tf.variable(tf.mul(tf.reshape(values, [sizes[layer]!, to]), 1 / Math.sqrt(sizes[layer]!)));
    }),
  );
  return {
    name,
    bounds: [0, 1],
    classes: sizes.at(-1)!,
    inputShape: [sizes[0]!],
    weights: Object.fromEntries(kernels.map((kernel, i) => [`kernel-${i}`, kernel])),
    buffers: {},
    logits: (x) =>
      kernels.reduce(
        (value, kernel, i) => tf.matMul((i === 0 ? value : activation(value)) as Tensor2D, kernel as unknown as Tensor2D),
        x,
      ) as Tensor2D,
    dispose: () => tf.dispose(kernels),
  };
}

const ids = Int32Array.of(0, 1, 2, 3);
/** The answer, and how many tensors it left. */
function ask(model: Model, shape: readonly number[] = model.inputShape): string | undefined {
  const inputs = createNoise(1, ids).uniform(shape);
  const before = tf.memory().numTensors;
  const obstacle = secondOrderObstacle(model, inputs);
  expect(tf.memory().numTensors).toBe(before);
  inputs.dispose();
  return obstacle;
}

/** tanh whose gradient reads its output as plain numbers: the second derivative misses a path, without a word. */
const forgetful = (x: Tensor): Tensor => {
  const op = tf.customGrad((value: unknown) => {
    const y = tf.tanh(value as Tensor);
    const numbersOnly = y.dataSync();
    return { value: y, gradFunc: (dy: Tensor) => tf.mul(dy, tf.sub(1, tf.square(tf.tensor(numbersOnly, y.shape)))) };
  });
  return op(x) as Tensor;
};

describe('secondOrderObstacle', () => {
  leavesNoTensors();

  it.each([
    ['tanh', tf.tanh, [12, 40, 5]],
    ['sigmoid', tf.sigmoid, [12, 40, 5]],
    ['softplus', tf.softplus, [12, 40, 5]],
    ['elu', tf.elu, [12, 40, 5]],
    ['relu', tf.relu, [12, 40, 5]],
    ['relu of many units', tf.relu, [50, 2000, 5]],
    ['leaky relu', (x: Tensor) => tf.leakyRelu(x, 0.1), [12, 40, 20, 5]],
    ['no activation', (x: Tensor) => x, [12, 5]],
  ] as const)('finds nothing in the way of a network of %s', (name, activation, sizes) => {
    const model = network(name, activation as (x: Tensor) => Tensor, sizes);
    const before = Object.values(model.weights).map((weight) => weight.dataSync().slice());
    expect(ask(model)).toBeUndefined();
    expect(Object.values(model.weights).map((weight) => weight.dataSync())).toEqual(before);
    model.dispose();
  });

  it('finds nothing in the way of convolutions with pooling, and of a model without weights', () => {
    const head = tf.tidy(() => numbers('head', [12, 5])) as Tensor2D;
    const kernel = tf.tidy(() => numbers('kernel', [3, 3, 1, 3])) as Tensor4D;
    const logits = (x: Tensor): Tensor2D =>
      tf.matMul(
        tf.reshape(tf.maxPool(tf.relu(tf.conv2d(x as Tensor4D, kernel, 2, 'same')), 2, 2, 'valid'), [x.shape[0]!, 12]) as Tensor2D,
        head,
      );
    expect(ask({ name: 'pool', bounds: [0, 1], classes: 5, inputShape: [8, 8, 1], logits })).toBeUndefined();
    tf.dispose([head, kernel]);
  });

  it('measures what a custom gradient hides', () => {
    const model = network('forgetful', forgetful);
    expect(ask(model)).toMatch(/^Its gradient of a gradient is off by \d+ % from differences of gradients; 2 % are allowed\.$/);
    model.dispose();
  });

  it('names the op that has no second derivative, and the op that nobody has checked', () => {
    const resized: Model = {
      name: 'resized',
      bounds: [0, 1],
      classes: 4,
      inputShape: [4, 4, 1],
      logits: (x) => tf.reshape(tf.square(tf.image.resizeBilinear(tf.square(x) as Tensor4D, [2, 2])), [x.shape[0]!, 4]) as Tensor2D,
    };
    expect(ask(resized)).toBe('TensorFlow.js has no gradient of the gradient of the op ResizeBilinearGrad.');
    const summed = network('summed', (x) => tf.cumsum(tf.tanh(x), 1));
    expect(ask(summed)).toBe('The gradient of the gradient of the op Cumsum has never been checked.');
    summed.dispose();
  });

  it('is asked once a model: later answers cost no pass', () => {
    let passes = 0;
    const model = network('counted', tf.tanh);
    const counted = {
      ...model,
      logits: (x: Tensor) => {
        passes++;
        return model.logits(x);
      },
    };
    ask(counted);
    const first = passes;
    expect(first).toBeGreaterThan(0);
    ask({ ...counted });
    expect(passes).toBe(first);
    model.dispose();
  });
});
