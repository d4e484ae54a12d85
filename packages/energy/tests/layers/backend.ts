/**
 * The backend that these tests run on: cpu, or what GROUNDSTATE_TEST_BACKEND names (`wasm`, with our kernels;
 * `tensorflow`, where tfjs-node is installed or GROUNDSTATE_TFJS_NODE says where it is). Import it first.
 */
import * as tf from '@tensorflow/tfjs-core';

// Names, not imports: a package's tests import no sibling, but may be run beside one.
const modules: Readonly<Record<string, readonly string[]>> = {
  cpu: ['@tensorflow/tfjs-backend-cpu'],
  wasm: ['@tensorflow/tfjs-backend-wasm', '@groundstate/wasm'],
  tensorflow: [process.env.GROUNDSTATE_TFJS_NODE ?? '@tensorflow/tfjs-node'],
};

export const backend: string = process.env.GROUNDSTATE_TEST_BACKEND ?? 'cpu';

for (const name of modules[backend] ?? []) {
  const { enableTrainingKernels } = (await import(/* @vite-ignore */ name)) as { readonly enableTrainingKernels?: () => unknown };
  await enableTrainingKernels?.();
}
await tf.setBackend(backend);
await tf.ready();
