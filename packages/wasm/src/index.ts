export { enableTrainingKernels, type TrainingKernels, type TrainingKernelsOptions } from './enable-training-kernels';
export { TrainingKernelError } from './errors';
export type { Build, KernelUrls } from './module/compile';
