/**
 * The activation of a fused kernel. Some cost nothing where a tile of sums is stored; the others are kernels of their own,
 * run over the output afterwards.
 */
import { getKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from './errors';
import type { WasmBackend } from './heap';
import type { StockKernel } from './training-kernel';

export interface FusedAttributes {
  readonly activation?: string | null;
  readonly leakyreluAlpha?: number;
}

/** By the numbers of assembly/epilogue.ts. */
const WITHIN: Readonly<Record<string, number>> = { linear: 0, relu: 1, relu6: 2, leakyrelu: 3 };
const AFTERWARDS: Readonly<Record<string, string>> = { elu: 'Elu', sigmoid: 'Sigmoid', prelu: 'Prelu' };

export interface FusedActivation {
  /** What the compiled kernel applies. */
  readonly code: number;
  readonly slope: number;
  /** What remains to be done; frees its argument where it makes another tensor. */
  finish(output: TensorInfo): TensorInfo;
}

export function fusedActivation(
  owner: string,
  backend: WasmBackend,
  attributes: FusedAttributes,
  preluWeights: TensorInfo | undefined,
): FusedActivation {
  const { leakyreluAlpha } = attributes;
  const name = attributes.activation ?? 'linear';
  const code = WITHIN[name];
  if (code !== undefined) return { code, slope: leakyreluAlpha ?? 0.2, finish: (output) => output };
  const kernel = AFTERWARDS[name];
  if (kernel === undefined) {
    const known = [...Object.keys(WITHIN), ...Object.keys(AFTERWARDS)].join(', ');
    throw expected(owner, 'activation', `one of ${known}`, name, 'Apply others to the output.');
  }
  return {
    code: 0,
    slope: 0,
    finish(output) {
      const run = getKernel(kernel, 'wasm').kernelFunc as unknown as StockKernel;
      const inputs = kernel === 'Prelu' ? { x: output, alpha: preluWeights } : { x: output };
      const activated = run({ inputs, attrs: {}, backend });
      backend.disposeData(output.dataId);
      return activated;
    },
  };
}
