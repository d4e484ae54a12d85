/**
 * Registers the gradients that tfjs lacks for the gradient of a gradient: of convolution filters, of pooling, of the
 * comparisons inside other gradients. Not mended: conv3d, LRN, resizing, softmaxCrossEntropy.
 */
import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { mendTapeOrder } from './tape-order';

type Derivative = (dy: Tensor, saved: readonly Tensor[], attributes: NamedAttrMap) => Record<string, () => Tensor>;

const mark: unique symbol = Symbol.for('groundstate.second-order-gradients') as never;

/** Opt in to second derivatives: mends the tape's order and registers what is missing. Idempotent. */
export function enableSecondOrder(): void {
  mendTapeOrder();
  const engine = tf.engine() as unknown as { [mark]?: true };
  if (engine[mark]) return;
  engine[mark] = true;
  for (const [kernelName, inputsToSave, derivative] of missing) register(kernelName, inputsToSave, derivative);
}

function register(kernelName: string, inputsToSave: readonly string[], derivative: Derivative): void {
  const config: GradConfig = {
    kernelName,
    inputsToSave: [...inputsToSave],
    gradFunc: (dy, saved, attributes) => derivative(dy as Tensor, saved, attributes),
  };
  tf.registerGradient(config);
}

const flat = (like: Tensor): Tensor => tf.zeros(like.shape);
const run = (kernel: string, inputs: Record<string, Tensor>, attributes: Record<string, unknown>): Tensor =>
  tf.engine().runKernel(kernel, inputs, attributes as unknown as NamedAttrMap) as Tensor;

const binary: Derivative = (_dy, [a, b]) => ({ a: () => flat(a!), b: () => flat(b!) });

/** The attributes of tfjs's kernels are untyped maps; these are the ones the derivatives below hand on. */
type PoolAttributes = {
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: 'valid' | 'same' | number;
};

const missing: readonly (readonly [string, readonly string[], Derivative])[] = [
  ...['Greater', 'Less', 'LessEqual', 'Equal', 'NotEqual', 'LogicalAnd', 'LogicalOr'].map((name) => [name, ['a', 'b'], binary] as const),
  ['LogicalNot', ['x'], (_dy, [x]) => ({ x: () => flat(x!) })],
  [
    'Conv2DBackpropFilter',
    ['x', 'dy'],
    (ddw, [x, dy], attributes) => {
      const { strides, pad, dataFormat, dimRoundingMode } = attributes as unknown as Record<string, unknown>;
      const shared = { strides, pad, dataFormat, dimRoundingMode };
      return {
        x: () => run('Conv2DBackpropInput', { dy: dy!, filter: ddw }, { ...shared, inputShape: x!.shape }),
        dy: () => run('Conv2D', { x: x!, filter: ddw }, { ...shared, dilations: 1 }),
      };
    },
  ],
  [
    'AvgPoolGrad',
    ['dy', 'input'],
    (ddx, [, input], attributes) => {
      const { filterSize, strides, pad } = attributes as unknown as PoolAttributes;
      return { dy: () => tf.avgPool(ddx as tf.Tensor4D, filterSize, strides, pad), input: () => flat(input!) };
    },
  ],
  [
    'MaxPoolGrad',
    ['dy', 'input', 'output'],
    (ddx, [dy, input, output], attributes) => {
      const { filterSize, strides, pad } = attributes as unknown as PoolAttributes;
      return {
        // The derivative picks, out of each window, the entry where the maximum stood.
        dy: () => {
          const { indexes } = tf.maxPoolWithArgmax(input as tf.Tensor4D, filterSize, strides, pad, true);
          const places = tf.cast(tf.reshape(indexes as Tensor, [-1]), 'int32');
          return tf.reshape(tf.gather(tf.reshape(ddx, [-1]), places), dy!.shape);
        },
        input: () => flat(input!),
        output: () => flat(output!),
      };
    },
  ],
  [
    'EluGrad',
    ['dy', 'y'],
    (dd, [dy, y]) => ({
      dy: () => run('EluGrad', { dy: dd, y: y! }, {}),
      y: () => tf.mul(tf.mul(dd, dy as Tensor), tf.cast(tf.less(y as Tensor, 0), 'float32')),
    }),
  ],
];
