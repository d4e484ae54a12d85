import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { leavesNoTensors, valuesOf } from '../../tests/tensors';
import { optionalKernel } from './optional-kernel';
import './register-gradients';

/** Ten times x to the power of an attribute: nothing that a composition gives by chance. */
const register = (backendName: string): void =>
  tf.registerKernel({
    kernelName: 'TenTimes',
    backendName,
    kernelFunc: ({ inputs, attrs }) => tf.mul(tf.pow(inputs.x as tf.Tensor, Number(attrs?.power ?? 1)), 10),
  });

/** f(x) = 10 x with the kernel, 10 x with ops: which of the two ran is written down. */
function tenTimes(roads: string[]): (x: tf.Tensor) => tf.Tensor {
  const run = (part: string, x: tf.Tensor): tf.Tensor => {
    const kernel = optionalKernel('TenTimes');
    roads.push(`${part}: ${kernel ? 'kernel' : 'ops'}`);
    return kernel ? kernel({ x }) : tf.mul(x, 10);
  };
  return tf.customGrad((x: unknown) => ({
    value: run('forward', x as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => run('gradient', dy),
  })) as (x: tf.Tensor) => tf.Tensor;
}

describe('optionalKernel', () => {
  leavesNoTensors();
  beforeEach(() => register('cpu'));
  afterEach(() => {
    if (tf.getKernel('TenTimes', 'cpu')) tf.unregisterKernel('TenTimes', 'cpu');
  });

  it('runs the kernel with its attributes', () => {
    expect(valuesOf(() => optionalKernel('TenTimes')!({ x: tf.tensor1d([2, 3]) }))).toEqual([20, 30]);
    expect(valuesOf(() => optionalKernel('TenTimes')!({ x: tf.tensor1d([2, 3]) }, { power: 2 }))).toEqual([40, 90]);
  });

  it('is undefined where the active backend has no such kernel, even if another one has', () => {
    tf.unregisterKernel('TenTimes', 'cpu');
    register('wasm');
    try {
      expect(optionalKernel('TenTimes')).toBeUndefined();
    } finally {
      tf.unregisterKernel('TenTimes', 'wasm');
    }
  });

  it('is there in both parts of a custom gradient at first order', () => {
    const roads: string[] = [];
    expect(valuesOf(() => tf.grad(tenTimes(roads))(tf.tensor1d([1])))).toEqual([10]);
    expect(roads).toEqual(['forward: kernel', 'gradient: kernel']);
  });

  it('is undefined on the tape: in a gradient that is differentiated in turn', () => {
    const roads: string[] = [];
    const op = tenTimes(roads);
    const second = valuesOf(() => tf.grad(tf.grad((x: tf.Tensor) => tf.sum(tf.square(op(x)))))(tf.tensor1d([1, -3])));
    expect(second).toEqual([200, 200]);
    expect(roads.slice(0, 2)).toEqual(['forward: kernel', 'gradient: ops']);
    expect(
      valuesOf(() => {
        const { value } = tf.valueAndGrad((x: tf.Tensor) => tf.add(x, optionalKernel('TenTimes') ? 1 : 2))(tf.tensor1d([1]));
        return value;
      }),
    ).toEqual([3]);
  });
});
