/** A workload that changes nothing: some tensors go in, one comes out. */
import * as tf from '@tensorflow/tfjs-core';
import type { Workload } from '../contenders/serve';

/** `compute` must leave no tensor but its result, which is freed here: making and freeing it is part of a call. */
export function pure(inputs: readonly tf.Tensor[], compute: () => tf.Tensor): Workload {
  return {
    run: () => compute().dispose(),
    answer: {
      values: () => {
        const output = compute();
        const values = output.dataSync();
        output.dispose();
        return values;
      },
    },
    release: () => tf.dispose([...inputs]),
  };
}
