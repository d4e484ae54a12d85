/**
 * A node of the tape with a gradient for each of its inputs, of which tfjs computes those that are asked for. `tf.customGrad` calls the same in the
 * end, but has one function for all gradients.
 */
import * as tf from '@tensorflow/tfjs-core';

/** By the names of a node's inputs. More may be here than the node has. */
export type Gradients = Readonly<Record<string, () => tf.Tensor>>;

interface Node {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly forwardFunc: (backend: unknown, save: (tensors: tf.Tensor[]) => void) => tf.Tensor;
  readonly backwardsFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => Gradients;
}

export function tapedNode(node: Node): tf.Tensor {
  return (tf.engine() as unknown as { runKernelFunc(node: Node): tf.Tensor }).runKernelFunc(node);
}

/** Whether the backend has what is needed, and the pass is differentiated once only: saved outputs stand in the way of a second time. */
export function canFuse(...kernels: readonly string[]): boolean {
  return tf.engine().state.gradientDepth === 1 && kernels.every((name) => tf.getKernel(name, tf.getBackend()));
}
