/** The kernels that the TensorFlow.js wasm backend lacks for training convolutional networks. Nothing is registered at import. */
export { enableTrainingKernels, type TrainingKernels } from './enable-training-kernels';
export { TrainingKernelError } from './errors';
