/** The shape of a kernel of this package: a name and a function of the call and of what kernels build on. */
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './heap';
import type { Team } from './module/team';

/** What the tfjs engine hands to a kernel. */
export interface KernelCall<Inputs, Attributes> {
  readonly inputs: Inputs;
  readonly attrs: Attributes;
  readonly backend: WasmBackend;
}

/** Any stock kernel of the wasm backend that has one output. */
export type StockKernel = (call: { readonly inputs: object; readonly attrs: object; readonly backend: WasmBackend }) => TensorInfo;

/** Finds the kernel that tfjs itself registered under a name, also where one of ours stands in its place. */
export type StockKernels = (name: string) => StockKernel;

export interface KernelContext {
  readonly stock: StockKernels;
  /** Runs the compiled kernels. */
  readonly team: Team;
}

export interface TrainingKernel {
  readonly name: string;
  create(context: KernelContext): KernelFunc;
}

/** Writes down a kernel with the types of its inputs and attributes, which the registry of tfjs does not know. */
export function defineKernel<Inputs, Attributes>(
  name: string,
  run: (call: KernelCall<Inputs, Attributes>, context: KernelContext) => TensorInfo | TensorInfo[],
): TrainingKernel {
  return { name, create: (context) => (call) => run(call as unknown as KernelCall<Inputs, Attributes>, context) };
}
