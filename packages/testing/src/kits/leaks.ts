import * as tf from '@tensorflow/tfjs-core';

/** Runs `work` and returns how many tensors it left behind, beside those in `returned`. */
export async function leakedTensors(work: () => unknown): Promise<number> {
  const before = tf.memory().numTensors;
  const result = await work();
  tf.dispose(result as Parameters<typeof tf.dispose>[0]);
  return tf.memory().numTensors - before;
}

/** Runs `work` while synchronous reads of tensors throw: plug-ins must not stall a GPU. */
export async function withoutSynchronousReads<T>(work: () => T | Promise<T>): Promise<T> {
  const prototype = tf.Tensor.prototype as unknown as { dataSync: () => unknown };
  const original = prototype.dataSync;
  prototype.dataSync = () => {
    throw new Error('A synchronous read (dataSync): plug-ins are pure functions of tensors.');
  };
  try {
    return await work();
  } finally {
    prototype.dataSync = original;
  }
}
