/**
 * Models of every kind that the callback meets, each with a second way to its losses: outputs of the model read back and
 * put through logarithms in float64. Nothing here knows a test runner, so that other backends can run it too.
 */
import { createNoise, l2, type Norm } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';

export type Rows = readonly (readonly number[])[];

export type Case = {
  readonly name: string;
  readonly build: () => tfl.LayersModel;
  readonly inputs: () => Tensor[];
  readonly targets: () => Tensor[];
  readonly classWeight?: Record<string, number>;
  /** How far the test's path goes, so that the energy is of the size of the loss. @default 1.2 */
  readonly length?: number;
  /** The loss of one row, from the outputs of all rows. */
  readonly loss: (outputs: readonly Rows[], row: number) => number;
};

export const size = 4;
const ids = Int32Array.from({ length: size }, (_, row) => row);
const labels = [0, 2, 1, 2];
const other = [1, 0, 1, 1];

/** Reproducible values of about unit spread, or within [0.2, 0.8]. */
export const normal = (name: string, shape: readonly number[], scale = 1): Tensor =>
  tf.tidy(() => tf.mul(tf.reshape(createNoise(3, Int32Array.of(0)).stream(name).normal(shape), [...shape]), scale));
const images = (name: string, shape: readonly number[]): Tensor => createNoise(4, ids).stream(name).uniform(shape, [0.2, 0.8]);

const sgd = (): tf.Optimizer => tf.train.sgd(1);
const sparse = (): Tensor => tf.tensor2d(labels, [size, 1]);
const oneHot = (): Tensor => tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), 3));
const surprise = (rows: Rows, row: number): number => -Math.log(rows[row]![labels[row]!]!);

type Built = tfl.layers.Layer;
const dense = (units: number, rest: object = {}): Built => tfl.layers.dense({ units, ...rest });
const stack = (layers: Built[], loss: unknown): tfl.LayersModel => {
  const model = tfl.sequential({ layers });
  model.compile({ optimizer: sgd(), loss: loss as string });
  return setWeights(model);
};

/** Weights that every run shares, large enough for a loss that moves. */
function setWeights(model: tfl.LayersModel): tfl.LayersModel {
  const values = model.weights.map((weight, index) => {
    const shape = weight.shape as number[];
    if (/moving_variance|gamma/.test(weight.originalName)) return tf.tidy(() => tf.add(1, tf.mul(0.2, tf.abs(normal(`w${index}`, shape)))));
    const fan = shape.slice(0, -1).reduce((product, length) => product * length, 1);
    return normal(`w${index}`, shape, shape.length > 1 ? 1.5 / Math.sqrt(fan) : 0.1);
  });
  model.setWeights(values);
  tf.dispose(values);
  return model;
}

const mlpLayers = (activation?: string): Built[] => [
  dense(7, { inputShape: [5], activation: 'tanh' }),
  dense(3, activation ? { activation } : {}),
];
const vectors = (): Tensor[] => [images('vectors', [5])];
const pictures = (): Tensor[] => [images('pictures', [6, 6, 2])];

const convolution = (rest: object = {}): Built =>
  tfl.layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [6, 6, 2], activation: 'tanh', ...rest });
const top = (): Built[] => [tfl.layers.flatten(), dense(3, { activation: 'softmax' })];
const picture = (name: string, layers: () => Built[]): Case => ({
  name,
  build: () => stack(layers(), 'categoricalCrossentropy'),
  inputs: pictures,
  targets: () => [oneHot()],
  length: 5,
  loss: ([rows], row) => surprise(rows!, row),
});

export const cases: readonly Case[] = [
  {
    name: 'an MLP with one-hot labels',
    build: () => stack(mlpLayers('softmax'), 'categoricalCrossentropy'),
    inputs: vectors,
    targets: () => [oneHot()],
    loss: ([rows], row) => surprise(rows!, row),
  },
  {
    name: 'an MLP with sparse labels and a Softmax layer',
    build: () => stack([...mlpLayers(), tfl.layers.softmax()], 'sparseCategoricalCrossentropy'),
    inputs: vectors,
    targets: () => [sparse()],
    loss: ([rows], row) => surprise(rows!, row),
  },
  {
    name: 'soft labels',
    build: () => stack([...mlpLayers(), tfl.layers.activation({ activation: 'softmax' })], 'categoricalCrossentropy'),
    inputs: vectors,
    targets: () => [tf.tensor2d([0.7, 0.2, 0.1, 0.5, 0.5, 0, 0.1, 0.1, 0.8, 1, 0, 0], [4, 3])],
    loss: ([rows], row) => {
      const shares = [
        [0.7, 0.2, 0.1],
        [0.5, 0.5, 0],
        [0.1, 0.1, 0.8],
        [1, 0, 0],
      ][row]!;
      return -shares.reduce((sum, share, k) => sum + share * Math.log(rows![row]![k]!), 0);
    },
  },
  {
    name: 'class weights',
    build: () => stack(mlpLayers('softmax'), 'categoricalCrossentropy'),
    inputs: vectors,
    targets: () => [oneHot()],
    classWeight: { 0: 0.5, 1: 2, 2: 1.5 },
    loss: ([rows], row) => [0.5, 2, 1.5][labels[row]!]! * surprise(rows!, row),
  },
  {
    name: 'a sigmoid with binary cross-entropy and a weight penalty',
    build: () =>
      stack(
        [
          dense(6, { inputShape: [5], activation: 'tanh', kernelRegularizer: tfl.regularizers.l2({ l2: 0.05 }) }),
          dense(2, { activation: 'sigmoid' }),
        ],
        'binaryCrossentropy',
      ),
    inputs: vectors,
    targets: () => [tf.tensor2d([0, 1, 1, 0, 1, 1, 0, 0], [4, 2])],
    loss: ([rows], row) => {
      const truth = [0, 1, 1, 0, 1, 1, 0, 0].slice(2 * row, 2 * row + 2);
      return truth.reduce((sum, y, k) => sum - Math.log(y ? rows![row]![k]! : 1 - rows![row]![k]!), 0) / 2;
    },
  },
  {
    name: 'a loss function of the user',
    build: () => stack(mlpLayers(), (target: Tensor, output: Tensor) => tf.sum(tf.pow(tf.sub(output, target), 2), 1)),
    inputs: vectors,
    targets: () => [oneHot()],
    loss: ([rows], row) => rows![row]!.reduce((sum, value, k) => sum + (value - (labels[row] === k ? 1 : 0)) ** 2, 0),
  },
  picture('a strided convolution', () => [convolution({ strides: 2 }), ...top()]),
  picture('a convolution with average pooling', () => [convolution(), tfl.layers.averagePooling2d({ poolSize: 2 }), ...top()]),
  picture('a convolution with maximum pooling', () => [convolution(), tfl.layers.maxPooling2d({ poolSize: 2 }), ...top()]),
  picture('a convolution with batch normalisation', () => [
    convolution({ activation: 'linear' }),
    tfl.layers.batchNormalization(),
    tfl.layers.activation({ activation: 'tanh' }),
    ...top(),
  ]),
  {
    name: 'a functional model around another',
    build: () => {
      const input = tfl.input({ shape: [5] });
      const first = dense(6, { activation: 'tanh' }).apply(input) as tfl.SymbolicTensor;
      const joined = tfl.layers.concatenate().apply([first, input]) as tfl.SymbolicTensor;
      const inside = tfl.sequential({ layers: [dense(4, { inputShape: [11], activation: 'tanh' }), dense(3, { activation: 'softmax' })] });
      const model = tfl.model({ inputs: input, outputs: inside.apply(joined) as tfl.SymbolicTensor });
      model.compile({ optimizer: sgd(), loss: 'categoricalCrossentropy' });
      return setWeights(model);
    },
    inputs: vectors,
    targets: () => [oneHot()],
    loss: ([rows], row) => surprise(rows!, row),
  },
  {
    name: 'two inputs and two outputs',
    build: () => {
      const [left, right] = [tfl.input({ shape: [5], name: 'left' }), tfl.input({ shape: [3], name: 'right' })];
      const both = tfl.layers.concatenate().apply([left, right]) as tfl.SymbolicTensor;
      const hidden = dense(6, { activation: 'tanh' }).apply(both) as tfl.SymbolicTensor;
      const classes = dense(3, { activation: 'softmax', name: 'classes' }).apply(hidden) as tfl.SymbolicTensor;
      const place = dense(2, { name: 'place' }).apply(hidden) as tfl.SymbolicTensor;
      const model = tfl.model({ inputs: [left, right], outputs: [classes, place] });
      model.compile({ optimizer: sgd(), loss: { classes: 'sparseCategoricalCrossentropy', place: 'meanSquaredError' } });
      return setWeights(model);
    },
    inputs: () => [images('left', [5]), images('right', [3])],
    targets: () => [sparse(), tf.tensor2d([...other, ...other], [size, 2])],
    loss: ([classes, place], row) => {
      const target = [...other, ...other].slice(2 * row, 2 * row + 2);
      return surprise(classes!, row) + place![row]!.reduce((sum, value, k) => sum + (value - target[k]!) ** 2, 0) / 2;
    },
  },
];

/** A path that depends on nothing but its name: the gradient holds r constant, and finite differences must too. */
export function fixedPath(length: number): Norm {
  const move = (center: Tensor): Tensor => {
    const shape = center.shape.slice(1);
    const delta = createNoise(
      9,
      Int32Array.from({ length: center.shape[0]! }, (_, row) => row),
    ).normal(shape);
    return tf.mul(delta, length / Math.sqrt(shape.reduce((product, side) => product * side, 1)));
  };
  return {
    ...l2(),
    sample: (center) => tf.add(center, move(center)),
    steepest: (gradient) => tf.zerosLike(gradient),
    project: (candidate) => tf.clone(candidate),
  };
}

type Path = { readonly length: number; readonly segments: number; readonly weight: number };

/** The losses of all rows, from outputs that are read back. */
function lossesAt(model: tfl.LayersModel, given: Case, points: Tensor[], training: boolean): number[] {
  const outputs = tf.tidy(() =>
    ([model.apply(points.length === 1 ? points[0]! : points, { training })].flat() as Tensor[]).map(
      (output) => tf.reshape(output, [size, -1]).arraySync() as number[][],
    ),
  );
  return Array.from(ids, (row) => given.loss(outputs, row));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * mean l in training mode, and weight * mean D_K in inference mode, from outputs alone. Batch normalisation moves its
 * averages in the first pass, and the energy is taken with those: constants for the gradient, so `buffers` holds them.
 */
export function objective(model: tfl.LayersModel, given: Case, path: Path, buffers?: readonly Tensor[]): { data: number; energy: number } {
  const kept = model.getWeights().map((weight) => tf.clone(weight));
  const start = given.inputs();
  const data = mean(lossesAt(model, given, start, true));
  for (const [index, buffer] of (buffers ?? []).entries()) model.nonTrainableWeights[index]!.write(buffer);
  const points = Array.from({ length: path.segments + 1 }, (_, k) => {
    const at = tf.tidy(() =>
      start.map((input) => {
        const end = fixedPath(path.length).sample(input, 1, createNoise(0, ids));
        return tf.add(input, tf.mul(tf.sub(end, input), k / path.segments));
      }),
    );
    const losses = lossesAt(model, given, at, false);
    tf.dispose(at);
    return losses;
  });
  const energies = Array.from(
    ids,
    (row) => path.segments * points.slice(1).reduce((sum, losses, k) => sum + (losses[row]! - points[k]![row]!) ** 2, 0),
  );
  model.setWeights(kept);
  tf.dispose([...kept, ...start]);
  return { data, energy: path.weight * mean(energies) };
}

/** The moving averages after one training pass; the model keeps the old ones. */
export function movedBuffers(model: tfl.LayersModel, given: Case): Tensor[] {
  const kept = model.getWeights().map((weight) => tf.clone(weight));
  const start = given.inputs();
  lossesAt(model, given, start, true);
  const moved = model.nonTrainableWeights.map((weight) => tf.clone(weight.read()));
  model.setWeights(kept);
  tf.dispose([...kept, ...start]);
  return moved;
}

/** Weight by weight, what one step of sgd at rate 1 takes away: the gradient of everything that was minimised. */
export async function stepGradient(model: tfl.LayersModel, step: () => Promise<unknown>): Promise<Tensor[]> {
  const before = model.getWeights().map((weight) => tf.clone(weight));
  await step();
  const after = model.getWeights();
  const taken = before.map((weight, index) => tf.sub(weight, after[index]!));
  model.setWeights(before);
  tf.dispose(before);
  return taken;
}

/**
 * How far the gradient is from finite differences along two directions, as a share of its length: its own direction,
 * where the slope is its length, and one at random.
 */
export function disagreement(model: tfl.LayersModel, gradient: readonly Tensor[], value: () => number, step = 2e-2): number {
  const trainable = model.trainableWeights.map((weight) => model.weights.findIndex(({ name }) => name === weight.name));
  const own = trainable.map((index) => gradient[index]!);
  const dot = (left: readonly Tensor[], right: readonly Tensor[]): number =>
    left.reduce((sum, tensor, index) => sum + tf.tidy(() => tf.sum(tf.mul(tensor, right[index]!)).dataSync()[0]!), 0);
  const length = Math.sqrt(dot(own, own));
  const random = own.map((tensor, index) => normal(`direction${index}`, tensor.shape));
  const before = model.getWeights().map((weight) => tf.clone(weight));
  const along = (direction: readonly Tensor[]): number => {
    const norm = Math.sqrt(dot(direction, direction));
    const valueAt = (h: number): number => {
      const moved = before.map((weight, index) => {
        const at = trainable.indexOf(index);
        return at < 0 ? tf.clone(weight) : tf.tidy(() => tf.add(weight, tf.mul(direction[at]!, h / norm)));
      });
      model.setWeights(moved);
      tf.dispose(moved);
      return value();
    };
    // Four points: the error is of fourth order in the step.
    const slope = (8 * (valueAt(step) - valueAt(-step)) - (valueAt(2 * step) - valueAt(-2 * step))) / (12 * step);
    return Math.abs(slope - dot(own, direction) / norm) / length;
  };
  const worst = Math.max(along(own), along(random));
  model.setWeights(before);
  tf.dispose([...before, ...random]);
  return worst;
}

/** The penalties of weight regularisers, which a step minimises too. */
export function penalties(model: tfl.LayersModel): number {
  return tf.tidy(() =>
    (model as unknown as { calculateLosses(): Tensor[] }).calculateLosses().reduce((sum, loss) => sum + loss.dataSync()[0]!, 0),
  );
}
