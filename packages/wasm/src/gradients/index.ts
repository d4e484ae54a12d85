/** All gradients of this package, each in the place of tfjs's own on the wasm backend. */
import type { TrainingGradient } from '../training-gradient';
import { activationGradients } from './activations';
import { fusedBatchNormGradient } from './fused-batch-norm';

export const TRAINING_GRADIENTS: readonly TrainingGradient[] = [...activationGradients, fusedBatchNormGradient];
