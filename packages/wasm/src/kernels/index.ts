/** All kernels of this package. Each is registered under its name for the wasm backend, over the stock one where there is one. */
import type { TrainingKernel } from '../training-kernel';
import { activationGradients } from './activation-gradients';
import { activations } from './activations';
import { adamStep } from './adam-step';
import { avgPool } from './avg-pool';
import { avgPoolGrad } from './avg-pool-grad';
import { batchMatMul } from './batch-mat-mul';
import { batchNormKernels } from './batch-norm';
import { broadcastKernels } from './broadcast';
import { cast } from './cast';
import { conv2d, fusedConv2d } from './conv2d';
import { conv2dBackpropFilter } from './conv2d-backprop-filter';
import { conv2dBackpropInput } from './conv2d-backprop-input';
import { conv3dBackpropFilter } from './conv3d-backprop-filter';
import { conv3dBackpropInput } from './conv3d-backprop-input';
import { crossEntropyWithLabels, crossEntropyWithLabelsGrad } from './cross-entropy';
import { depthwiseBackpropFilter } from './depthwise-backprop-filter';
import { depthwiseBackpropInput } from './depthwise-backprop-input';
import { allFinite, squaredNorm } from './finite';
import { fusedMatMul } from './fused-mat-mul';
import { gatherV2 } from './gather-v2';
import { guardedConvolutions } from './guarded-convolutions';
import { identity } from './identity';
import { maxPool } from './max-pool';
import { maxPool3d } from './max-pool-3d';
import { maxPool3dGrad } from './max-pool-3d-grad';
import { maxPoolGrad } from './max-pool-grad';
import { maxPoolWithArgmax } from './max-pool-with-argmax';
import { moveTowards } from './move-towards';
import { log1p, sign } from './pointwise';
import { reductions } from './reductions';
import { select } from './select';
import { sgdStep } from './sgd-step';
import { slice } from './slice';
import { tile } from './tile';
import { unsortedSegmentSum } from './unsorted-segment-sum';

export const TRAINING_KERNELS: readonly TrainingKernel[] = [
  conv2d,
  fusedConv2d,
  conv2dBackpropFilter,
  conv2dBackpropInput,
  batchMatMul,
  fusedMatMul,
  maxPool,
  maxPoolGrad,
  avgPool,
  avgPoolGrad,
  maxPoolWithArgmax,
  maxPool3d,
  maxPool3dGrad,
  depthwiseBackpropInput,
  depthwiseBackpropFilter,
  conv3dBackpropInput,
  conv3dBackpropFilter,
  unsortedSegmentSum,
  gatherV2,
  cast,
  sign,
  log1p,
  identity,
  adamStep,
  sgdStep,
  moveTowards,
  allFinite,
  squaredNorm,
  ...activations,
  ...activationGradients,
  crossEntropyWithLabels,
  crossEntropyWithLabelsGrad,
  ...batchNormKernels,
  ...broadcastKernels,
  ...reductions,
  select,
  slice,
  tile,
  ...guardedConvolutions,
];
