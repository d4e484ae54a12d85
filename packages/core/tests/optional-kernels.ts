/** Kernels that a backend may have, lent to the cpu backend for a test: what they compute is up to the test. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

export type Kernels = Readonly<Record<string, (inputs: Readonly<Record<string, Tensor>>) => Tensor>>;

/** Registers them for `use`, which is given the list that the name of each one that runs is added to. */
export function withKernels(kernels: Kernels, use: (ran: string[]) => void): void {
  const ran: string[] = [];
  for (const [kernelName, compute] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc: ({ inputs }) => {
        ran.push(kernelName);
        return compute(inputs as unknown as Readonly<Record<string, Tensor>>);
      },
    });
  }
  try {
    use(ran);
  } finally {
    for (const kernelName of Object.keys(kernels)) tf.unregisterKernel(kernelName, 'cpu');
  }
}
