/**
 * Ops that are right to second order on tfjs's tape as it is. The gradients of tfjs's own tanh, sigmoid, exp, elu, softmax
 * and logSoftmax save their output, and the gradient of such a gradient is wrong without a word (see tape-order). These save
 * their INPUT and compute from it again. Softplus, relu, square and matMul need no such help. Silu and gelu are compositions of
 * many ops in tfjs; here each is one pass forward and one back where the backend has kernels for them (see optional-kernel).
 *
 * Choose these for a model of your own; `enableSecondOrder` mends models that others wrote.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { optionalKernel } from './optional-kernel';

type Op = (input: Tensor) => Tensor;

/** `derivative` must be made of ops that are right themselves; the input must be saved: closed over, it is not on the tape. */
function fromInput(compute: Op, derivative: (dy: Tensor, input: Tensor) => Tensor): Op {
  const op = tf.customGrad((input: unknown, save: unknown) => {
    (save as (tensors: Tensor[]) => void)([input as Tensor]);
    return { value: compute(input as Tensor), gradFunc: (dy: Tensor, saved: Tensor[]) => derivative(dy, saved[0]!) };
  });
  return (input) => op(input);
}

const exp = fromInput(tf.exp, (dy, input) => tf.mul(dy, exp(input)));
const tanh = fromInput(tf.tanh, (dy, input) => tf.mul(dy, tf.sub(1, tf.square(tanh(input)))));
const sigmoid = fromInput(tf.sigmoid, (dy, input) => {
  const value = sigmoid(input);
  return tf.mul(dy, tf.mul(value, tf.sub(1, value)));
});
/** The slope is 1 above zero and exp(x) below: exp(-relu(-x)), with no comparison on the tape. */
const elu = fromInput(tf.elu, (dy, input) => tf.mul(dy, exp(tf.neg(tf.relu(tf.neg(input))))));
/** x sigmoid(x), also called swish. */
const silu = fromInput(
  (x) => optionalKernel('Silu')?.({ x }) ?? tf.mul(x, tf.sigmoid(x)),
  (dy, x) => optionalKernel('SiluGrad')?.({ dy, x }) ?? tf.mul(dy, siluSlope(x)),
);
function siluSlope(x: Tensor): Tensor {
  const share = sigmoid(x);
  return tf.mul(share, tf.add(1, tf.mul(x, tf.sub(1, share))));
}

/** The density of the standard normal distribution, and its distribution function. */
const density: Op = (x) => tf.mul(exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
const cumulative = fromInput(
  (x) => tf.mul(tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1), 0.5),
  (dy, x) => tf.mul(dy, density(x)),
);
/** x times the distribution function: the exact form, not the one with tanh. */
const gelu = fromInput(
  (x) => optionalKernel('Gelu')?.({ x }) ?? tf.mul(x, cumulative(x)),
  (dy, x) => optionalKernel('GeluGrad')?.({ dy, x }) ?? tf.mul(dy, tf.add(cumulative(x), tf.mul(x, density(x)))),
);
const softmax = fromInput(tf.softmax, (dy, input) => {
  const shares = softmax(input);
  return tf.mul(shares, tf.sub(dy, tf.sum(tf.mul(dy, shares), -1, true)));
});
const logSoftmax = fromInput(tf.logSoftmax, (dy, input) => tf.sub(dy, tf.mul(tf.sum(dy, -1, true), softmax(input))));

/**
 * Each takes a float32 tensor and returns one of the same shape; softmax and logSoftmax work along the last axis.
 *
 * @example
 * const curvature = tf.grad(tf.grad((x) => tf.sum(twiceDifferentiable.tanh(x))));
 */
export const twiceDifferentiable: Readonly<Record<'elu' | 'exp' | 'gelu' | 'logSoftmax' | 'sigmoid' | 'silu' | 'softmax' | 'tanh', Op>> = {
  elu,
  exp,
  gelu,
  logSoftmax,
  sigmoid,
  silu,
  softmax,
  tanh,
};
