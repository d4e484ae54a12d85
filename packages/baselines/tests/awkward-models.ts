import type { TrainableModel } from '@groundstate/core';
import { smoothModel } from '@groundstate/testing';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

type Awkward = TrainableModel & { dispose(): void };

/** A network with an op that TensorFlow.js cannot differentiate twice: local response normalisation. */
export function onceDifferentiable(): Awkward {
  const smooth = smoothModel();
  return {
    ...smooth,
    name: 'once-differentiable',
    logits: (inputs) => {
      const image = tf.reshape(inputs, [inputs.shape[0] ?? 0, 1, 1, 6]) as Tensor4D;
      return smooth.logits(tf.reshape(tf.localResponseNormalization(image), inputs.shape));
    },
  };
}

/** A network with a buffer, as batch normalisation has; `modes` lists the modes it was asked in. */
export function withBuffer(): Awkward & { readonly modes: string[] } {
  const smooth = smoothModel();
  const average = tf.tidy(() => tf.variable(tf.scalar(0)));
  const modes: string[] = [];
  return {
    ...smooth,
    modes,
    buffers: { average },
    logits: (inputs, options) => {
      modes.push(options?.mode ?? 'inference');
      return smooth.logits(inputs);
    },
    dispose: () => {
      average.dispose();
      smooth.dispose();
    },
  };
}
