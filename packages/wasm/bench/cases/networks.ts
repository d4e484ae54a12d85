/** The two classifiers of the whole-network cases. */
import type { Network } from './work';

/** Two 5x5 convolutions with pools and a wide dense layer: 1.78 GFLOP forward for 64 images. */
export const POOLED: Network = {
  size: 28,
  classes: 10,
  layers: [
    { type: 'convolution', filter: 5, inputs: 1, outputs: 32, stride: 1, padding: 2, pool: 2 },
    { type: 'convolution', filter: 5, inputs: 32, outputs: 64, stride: 1, padding: 2, pool: 2 },
    { type: 'dense', inputs: 7 * 7 * 64, outputs: 1024 },
    { type: 'dense', inputs: 1024, outputs: 10 },
  ],
};

/** `convnet()` of @groundstate/models: what this project trains on MNIST. */
export const STRIDED: Network = {
  size: 28,
  classes: 10,
  layers: [
    { type: 'convolution', filter: 4, inputs: 1, outputs: 16, stride: 2, padding: 1 },
    { type: 'convolution', filter: 4, inputs: 16, outputs: 32, stride: 2, padding: 1 },
    { type: 'dense', inputs: 7 * 7 * 32, outputs: 100 },
    { type: 'dense', inputs: 100, outputs: 10 },
  ],
};
