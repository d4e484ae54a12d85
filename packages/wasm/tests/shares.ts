/** Runs kernels as a team of several threads would share them out, on one: for the tests that no bit depends on the split. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../src/heap';
import { type Build, compileKernels } from '../src/module/compile';
import type { KernelFunctions } from '../src/module/kernel-functions';
import { createScratch } from '../src/module/scratch';
import { countShares, shareStart, type Team } from '../src/module/team';
import type { StockKernel, TrainingKernel } from '../src/training-kernel';

/** A team of `threads` whose shares run one after the other, the last one first. The wasm backend must be active. */
export async function createSharers(threads: number, build: Build): Promise<Team> {
  const backend = tf.backend() as unknown as WasmBackend;
  const { module } = await compileKernels('test', build, undefined, false);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory: backend.wasm.asm.memory } });
  const functions = exports as unknown as KernelFunctions;
  const scratch = createScratch(backend);
  return {
    threads,
    scratch,
    functions,
    run(name, items, grain, argumentsOf) {
      if (items === 0) return;
      const shares = countShares(items, grain, threads);
      for (let share = shares - 1; share >= 0; share--) {
        const [from, to] = [shareStart(items, grain, shares, share), shareStart(items, grain, shares, share + 1)];
        (functions[name] as (...given: readonly number[]) => void)(...argumentsOf(from, to, share));
      }
    },
    end: () => scratch.free(),
  };
}

/** The bits of what a kernel gives with this team; nothing stays on the heap. It must not need a stock kernel. */
export function bitsWith(
  team: Team,
  { name, create }: TrainingKernel,
  inputs: Readonly<Record<string, TensorInfo>>,
  attributes: object,
): number[][] {
  const backend = tf.backend() as unknown as WasmBackend;
  const stock = (): StockKernel => {
    throw new Error(`${name} asked for a stock kernel`);
  };
  const outputs = [create({ stock, team })({ inputs: { ...inputs }, attrs: { ...attributes }, backend: tf.backend() })].flat();
  return outputs.map((output) => {
    const values = backend.typedArrayFromHeap(output);
    const bits = Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    backend.disposeData(output.dataId);
    return bits;
  });
}
