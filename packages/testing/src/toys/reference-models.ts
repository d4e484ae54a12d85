/**
 * Two small networks with weights, inputs and answers from outside: losses, gradients, energies and whole attack traces
 * computed in float64 by another library. See scripts/fixtures/README.md for how they are made.
 */
import type { TrainableModel } from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import reference from '../../fixtures/reference.json' with { type: 'json' };

/** A tensor of the fixture, row by row. */
export type FixtureTensor = { readonly shape: readonly number[]; readonly data: readonly number[] };
export type NamedFixtureTensor = FixtureTensor & { readonly name: string };

type Budget = { readonly eps: number; readonly steps: number; readonly fooled: FixtureTensor };
/** `losses`: at the iterates where gradients were taken, the first is the start. */
export type PgdFixture = Budget & {
  readonly stepSize: number;
  readonly delta0: FixtureTensor;
  readonly losses: FixtureTensor;
  readonly xFinal: FixtureTensor;
  readonly finalLosses: FixtureTensor;
};
/** `losses`: at the start and after each step. `xLast`: the last point, before the check after it may go back to the best. */
export type ApgdFixture = Budget & {
  readonly rho: number;
  readonly checks: readonly number[];
  readonly t: FixtureTensor;
  readonly losses: FixtureTensor;
  readonly stepSizes: FixtureTensor;
  readonly xBest: FixtureTensor;
  readonly lossBest: FixtureTensor;
  readonly xLast: FixtureTensor;
};

export type ReferenceFixture = {
  readonly inputShape: readonly number[];
  readonly weights: readonly NamedFixtureTensor[];
  readonly x: FixtureTensor;
  readonly y: FixtureTensor;
  readonly logits: FixtureTensor;
  readonly ce: FixtureTensor;
  /** Of the sum of the cross-entropies. */
  readonly inputGradient: FixtureTensor;
  /** Rows of `d` and `tv` belong to `segments`; `r` is not clipped to the box. */
  readonly energy: {
    readonly r: FixtureTensor;
    readonly segments: readonly number[];
    readonly d: FixtureTensor;
    readonly tv: FixtureTensor;
    readonly objective: {
      readonly segments: number;
      readonly weight: number;
      readonly value: number;
      readonly gradients: readonly NamedFixtureTensor[];
    };
  };
  readonly pgd: Readonly<Record<'linf' | 'l2', PgdFixture>>;
  readonly apgd: Readonly<Record<'linf' | 'l2', ApgdFixture>>;
};

export type ReferenceCase = {
  readonly model: TrainableModel & { dispose(): void };
  /** `[6, ...inputShape]`, a new tensor at each call. */
  inputs(): Tensor;
  labels(): Tensor1D;
  readonly fixture: ReferenceFixture;
};

let count = 0;

/** `mlp`: 12 inputs, 16 softplus units, 5 classes. `convnet`: 8x8x1, softplus and relu convolutions, 5 classes. The caller disposes of the model. */
export function referenceCase(name: 'mlp' | 'convnet'): ReferenceCase {
  const fixture: ReferenceFixture = reference.models[name];
  const id = count++;
  const weights = Object.fromEntries(
    fixture.weights.map((weight) => [weight.name, tf.variable(fixtureTensor(weight), true, `reference-${id}-${weight.name}`)]),
  );
  return {
    model: {
      name: `reference-${name}`,
      bounds: [0, 1],
      classes: 5,
      inputShape: fixture.inputShape,
      weights,
      buffers: {},
      logits: (inputs) => networks[name](inputs, (key) => weights[key]!),
      dispose: () => tf.dispose(Object.values(weights)),
    },
    inputs: () => fixtureTensor(fixture.x),
    labels: () => fixtureTensor(fixture.y, 'int32') as Tensor1D,
    fixture,
  };
}

/** A tensor of the fixture on the current backend. */
export function fixtureTensor({ data, shape }: FixtureTensor, type: 'float32' | 'int32' = 'float32'): Tensor {
  return tf.tensor([...data], [...shape], type);
}

type Weights = (key: string) => Variable;

const dense = (inputs: Tensor, weights: Weights, layer: string): Tensor2D =>
  tf.add(tf.matMul(inputs as Tensor2D, weights(`${layer}/kernel`) as unknown as Tensor2D), weights(`${layer}/bias`)) as Tensor2D;

const convolve = (inputs: Tensor, weights: Weights, layer: string, strides: number): Tensor4D =>
  tf.add(
    tf.conv2d(inputs as Tensor4D, weights(`${layer}/kernel`) as unknown as Tensor4D, strides, 'valid'),
    weights(`${layer}/bias`),
  ) as Tensor4D;

const networks: Readonly<Record<'mlp' | 'convnet', (inputs: Tensor, weights: Weights) => Tensor2D>> = {
  mlp: (inputs, weights) => dense(tf.softplus(dense(inputs, weights, 'hidden')), weights, 'logits'),
  convnet: (inputs, weights) => {
    const first = tf.softplus(convolve(inputs, weights, 'conv1', 2));
    const second = tf.relu(convolve(first, weights, 'conv2', 1));
    return dense(tf.reshape(second, [inputs.shape[0] ?? 0, -1]), weights, 'logits');
  },
};
