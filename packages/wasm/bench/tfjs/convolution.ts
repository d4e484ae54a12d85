/** The three passes of a convolution, each as the one kernel that tfjs has for it. */
import * as tf from '@tensorflow/tfjs-core';
import { numbers, SEEDS } from '../cases/numbers';
import { outputSize } from '../cases/operations';
import type { Convolution } from '../cases/work';
import { Unable, type Workload } from '../contenders/serve';
import { isComposed } from './composed-filter-gradient';
import { padding } from './padding';
import { pure } from './pure';

type Images = [number, number, number, number];

export function convolution(work: Convolution): Workload {
  const { pass, batch, size, inputs, outputs, filter, stride } = work;
  if (pass === 'filter gradient' && isComposed()) throw new Unable('tfjs has no such kernel on wasm');
  const pad = padding(work);
  if (typeof pad === 'number' && tf.getBackend() === 'tensorflow') throw new Unable("takes no padding but 'same' and 'valid'");
  const inputShape: Images = [batch, size, size, inputs];
  const filterShape: Images = [filter, filter, inputs, outputs];
  const outputShape: Images = [batch, outputSize(work), outputSize(work), outputs];
  const attributes = { strides: stride, pad, dataFormat: 'NHWC', dilations: 1 };
  const make = (shape: Images, seed: number) => tf.tensor4d(numbers(tf.util.sizeFromShape(shape), seed), shape);
  if (pass === 'forward') {
    const [x, taps] = [make(inputShape, SEEDS.inputs), make(filterShape, SEEDS.filter)];
    return pure([x, taps], () => kernel('Conv2D', { x, filter: taps }, attributes));
  }
  if (pass === 'input gradient') {
    const [dy, taps] = [make(outputShape, SEEDS.outputs), make(filterShape, SEEDS.filter)];
    return pure([dy, taps], () => kernel('Conv2DBackpropInput', { dy, filter: taps }, { ...attributes, inputShape }));
  }
  const [x, dy] = [make(inputShape, SEEDS.inputs), make(outputShape, SEEDS.outputs)];
  return pure([x, dy], () => kernel('Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape }));
}

function kernel(name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attributes) as tf.Tensor;
}
