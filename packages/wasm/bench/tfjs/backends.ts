/** Starts the backend of this process and says what it is. */
import { createRequire } from 'node:module';
import util from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { enableTrainingKernels } from '@groundstate/wasm';
import { composeFilterGradient } from './composed-filter-gradient';

export type Backend = 'stock' | 'ours' | 'tensorflow';

/** Throws with the reason where it cannot be had. */
export async function start(backend: Backend, threads: number): Promise<string> {
  if (backend === 'stock') {
    await tf.setBackend('wasm');
    composeFilterGradient();
    return `stock wasm ${tf.version_core}`;
  }
  if (backend === 'ours') {
    const kernels = await enableTrainingKernels({ threads });
    if (kernels.threads !== threads) {
      throw new Error(`enableTrainingKernels({ threads: ${threads} }) gave ${kernels.threads}.`);
    }
    return `ours (${kernels.build}), ${counted(threads)}`;
  }
  return startTensorFlow(threads);
}

async function startTensorFlow(threads: number): Promise<string> {
  // tfjs-node 4.22 calls these two, which Node 23 took out.
  Object.assign(util, { isNullOrUndefined: (value: unknown) => value == null, isArray: Array.isArray });
  const require = createRequire(import.meta.url);
  require(process.env.GROUNDSTATE_TFJS_NODE || '@tensorflow/tfjs-node');
  if (!(await tf.setBackend('tensorflow'))) throw new Error('its backend could not be started.');
  const { binding } = tf.backend() as unknown as { readonly binding: { readonly TF_Version?: string } };
  return `tfjs-node (TensorFlow ${binding.TF_Version ?? 'of unknown version'}), ${counted(threads)}`;
}

const counted = (threads: number): string => (threads === 1 ? '1 thread' : `${threads} threads`);
