/**
 * What the compiled module exports: assembly/index.ts seen from here. Addresses are bytes in the heap of the backend, sizes
 * are numbers of elements unless they say bytes; `from` and `to` bound the share of the work that one thread does.
 */
import type { ActivationFunctions } from './functions/activations';
import type { BatchNormFunctions } from './functions/batch-norm';
import type { BroadcastFunctions } from './functions/broadcast';
import type { ConvolutionFunctions } from './functions/convolutions';
import type { CrossEntropyFunctions } from './functions/cross-entropy';
import type { OptimiserFunctions } from './functions/optimisers';
import type { PoolingFunctions } from './functions/pooling';
import type { ProductFunctions } from './functions/products';
import type { ReductionFunctions } from './functions/reductions';

export interface KernelFunctions
  extends ActivationFunctions,
    CrossEntropyFunctions,
    ConvolutionFunctions,
    ProductFunctions,
    OptimiserFunctions,
    PoolingFunctions,
    BatchNormFunctions,
    BroadcastFunctions,
    ReductionFunctions {}

export type KernelFunctionName = keyof KernelFunctions;
