/**
 * Whether the active backend computes the gradients that training needs: a small convnet with pooling, forwards and
 * backwards, beside the cpu backend, which is slow and right.
 */
import { createNoise, GroundstateError } from '@groundstate/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

const tolerance = 1e-3;

/** Throws when a gradient is missing or off; leaves the backend as it was. */
export async function checkGradients(backend: string): Promise<void> {
  await tf.setBackend('cpu');
  const reference = await smallGradients();
  if (!(await tf.setBackend(backend))) throw new GroundstateError('unsupported', `backend ${backend}: it could not be started.`);
  const computed = await smallGradients();
  for (const [name, values] of Object.entries(computed)) {
    const wanted = reference[name]!;
    const scale = Math.max(...wanted.map(Math.abs));
    const worst = values.reduce(
      (most, value, i) => Math.max(most, Number.isNaN(value) ? Number.POSITIVE_INFINITY : Math.abs(value - wanted[i]!)),
      0,
    );
    if (!(worst <= tolerance * scale)) {
      throw new GroundstateError(
        'unsupported',
        `backend ${backend}: its gradient of the ${name} is off by ${(worst / scale).toExponential(1)} of its size.`,
      );
    }
  }
}

/** Gradients for the input and every weight of conv, max pool (over values of either sign), tanh, dense. */
async function smallGradients(): Promise<Record<string, number[]>> {
  const noise = createNoise(0, Int32Array.from([0])).stream('gradient-check');
  const draw = (name: string, shape: number[]): tf.Tensor => tf.reshape(noise.stream(name).normal(shape), shape);
  const gradients = tf.tidy(() => {
    const parts = [draw('input', [2, 8, 8, 2]), draw('filter', [3, 3, 2, 4]), draw('kernel', [16, 3])];
    return tf.grads((input: tf.Tensor, filter: tf.Tensor, kernel: tf.Tensor) => {
      const convolved = tf.conv2d(input as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same');
      const pooled = tf.tanh(tf.maxPool(convolved, 2, 2, 'valid'));
      return tf.sum(tf.square(tf.matMul(tf.reshape(pooled, [2, 16]), kernel as tf.Tensor2D)));
    })(parts);
  });
  const values = await Promise.all(gradients.map(async (gradient) => Array.from(await gradient.data())));
  tf.dispose(gradients);
  return { input: values[0]!, filter: values[1]!, kernel: values[2]! };
}
