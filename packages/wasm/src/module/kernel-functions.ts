/**
 * What the compiled module exports: assembly/index.ts seen from here. Addresses are bytes in the heap of the backend, sizes
 * are numbers of elements unless they say bytes; `from` and `to` bound the share of the work that one thread does.
 */
import type { ConvolutionFunctions } from './functions/convolutions';
import type { OptimiserFunctions } from './functions/optimisers';
import type { ProductFunctions } from './functions/products';

export interface KernelFunctions extends ConvolutionFunctions, ProductFunctions, OptimiserFunctions {}

export type KernelFunctionName = keyof KernelFunctions;
