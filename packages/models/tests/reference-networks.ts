/**
 * Narrow networks with given weights, and what an outside implementation in float64 computes with them (scripts/fixtures/architectures.py).
 */
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { convLarge, convnet, convSmall, type LayersClassifier, madryNet, mlp, preActResNet18, smallCnn } from '../src/index';
import fixture from './fixtures/architectures.json' with { type: 'json' };

export type ReferenceNetwork = {
  readonly factory: string;
  readonly options: { readonly inputShape: readonly number[]; readonly activation: string };
  /** The stream and the shape of each weight, those of the moving averages too. */
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly logits: readonly number[];
  readonly batchLogits?: readonly number[];
  readonly moved?: Readonly<Record<string, readonly number[]>>;
  /** Of the gradient of a weight: its length, and its product with fixed numbers. */
  readonly gradients: Readonly<Record<string, readonly number[]>>;
};

const factories: Readonly<Record<string, (options: never) => LayersClassifier>> = {
  convLarge,
  convnet,
  convSmall,
  madryNet,
  mlp,
  preActResNet18,
  smallCnn,
};

export const referenceNetworks: readonly (readonly [string, ReferenceNetwork])[] = (
  fixture.cases as unknown as readonly ReferenceNetwork[]
).map((network, index) => [`${network.factory}, ${network.options.activation} (${index + 1})`, network]);

/** The finaliser of MurmurHash3, as in the script. */
function mixed(index: number, stream: number): number {
  let h = (Math.imul(index, 0x9e3779b1) + Math.imul(stream, 0x85ebca77) + 1) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b) >>> 0;
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) >>> 0;
  return (h ^ (h >>> 16)) >>> 0;
}

function values(shape: readonly number[], stream: number, low: number, high: number): Float32Array {
  return Float32Array.from(
    { length: tf.util.sizeFromShape([...shape]) },
    (_, i) => low + ((high - low) * (mixed(i, stream) >>> 8)) / 2 ** 24,
  );
}
const tensor = (shape: readonly number[], stream: number, low = -1, high = 1): tf.Tensor =>
  tf.tensor(values(shape, stream, low, high), [...shape]);

/** Between which numbers a weight lies. */
function rangeOf(name: string, shape: readonly number[]): readonly [number, number] {
  const limit = Math.sqrt(6 / tf.util.sizeFromShape(shape.slice(0, -1)));
  const ranges: Readonly<Record<string, readonly [number, number]>> = {
    kernel: [-limit, limit],
    bias: [-0.2, 0.2],
    gamma: [0.7, 1.3],
    beta: [-0.3, 0.3],
    moving_mean: [-0.3, 0.3],
    moving_variance: [0.6, 1.4],
  };
  return ranges[name.split('/').at(-1)!]!;
}

const streamOfInputs = 1;
const streamOfMixture = 2;
const streamOfDirections = 1000;

function within(label: string, computed: readonly number[], expected: readonly number[], scale: number, tolerance: number): void {
  expect(computed.length, label).toBe(expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - computed[i]!)));
  // Written so that a NaN fails.
  if (!(worst <= tolerance * scale)) expect.fail(`${label}: off by ${worst}, where ${tolerance} of ${scale} are allowed`);
}
const largest = (numbers: readonly number[]): number => Math.max(...numbers.map(Math.abs));

/** Builds the network on the backend that is set and compares everything with the reference. */
export function expectReference({ factory, options, weights, logits, batchLogits, moved, gradients }: ReferenceNetwork): void {
  const noDropout = ['smallCnn', 'convSmall', 'convLarge'].includes(factory) ? { dropout: 0 } : {};
  const model = factories[factory]!({ ...options, ...noDropout } as never);
  const variables = { ...model.weights, ...model.buffers };
  expect(Object.keys(variables).sort()).toEqual(Object.keys(weights).sort());
  tf.tidy(() => {
    for (const [name, [stream, ...shape]] of Object.entries(weights))
      variables[name]!.assign(tensor(shape, stream!, ...rangeOf(name, shape)));
    const inputs = tensor([fixture.examples, ...options.inputShape], streamOfInputs, 0, 1);
    const mixture = tensor([fixture.examples, 10], streamOfMixture);
    within('logits', [...model.logits(inputs).dataSync()], logits, largest(logits), 2e-6);

    const names = Object.keys(model.weights);
    const point = tf.variable(inputs);
    const computed = tf.grads((..._: tf.Tensor[]) => tf.sum(tf.mul(mixture, model.logits(point))))([
      point,
      ...Object.values(model.weights),
    ]);
    Object.keys(gradients).forEach((name, index) => {
      const gradient = computed[name === 'inputs' ? 0 : names.indexOf(name) + 1]!;
      const [length, along] = gradients[name]!;
      const answer = [tf.norm(gradient), tf.sum(tf.mul(gradient, tensor(gradient.shape, streamOfDirections + index)))];
      within(
        `gradient of ${name}`,
        answer.map((scalar) => scalar.dataSync()[0]!),
        [length!, along!],
        length!,
        1e-5,
      );
    });
    point.dispose();

    if (batchLogits && moved) {
      const averages = (): number[] => Object.keys(moved).flatMap((name) => [...model.buffers[name]!.dataSync()]);
      const before = averages();
      within(
        'logits of the batch',
        [...model.logits(inputs, { mode: 'batch-statistics' }).dataSync()],
        batchLogits,
        largest(batchLogits),
        2e-5,
      );
      expect(averages()).toEqual(before);
      within('logits in training', [...model.logits(inputs, { mode: 'training' }).dataSync()], batchLogits, largest(batchLogits), 2e-5);
      for (const [name, expected] of Object.entries(moved)) within(name, [...model.buffers[name]!.dataSync()], expected, 1, 1e-5);
    }
  });
  model.dispose();
}
