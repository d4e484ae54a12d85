/** Runs kernels as a team of several threads would share them out, on one: for the tests that no bit depends on the split. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { WasmBackend } from '../src/heap';
import { type Build, compileKernels } from '../src/module/compile';
import type { KernelFunctions } from '../src/module/kernel-functions';
import { createScratch } from '../src/module/scratch';
import { countShares, shareStart, type Team } from '../src/module/team';
import type { StockKernel, TrainingKernel } from '../src/training-kernel';
import { numbersFor } from './arbitrary';

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

/**
 * Numbers of very different sizes, more than a double has digits, whose opposites follow in reverse order along the first axis:
 * their sums are what rounding leaves of them, and change with every change of the order.
 */
export function cancelling(shape: readonly number[], seed: number): tf.Tensor {
  const { values } = numbersFor(shape, seed, 0);
  const row = values.length / shape[0]!;
  const of = (index: number): number => values[index]! * 2 ** ((index * 7) % 80);
  return tf.tensor(
    values.map((_, index) => {
      const opposite = (shape[0]! - 1 - Math.floor(index / row)) * row + (index % row);
      return opposite < index ? -of(opposite) : of(index);
    }),
    [...shape],
  );
}

/**
 * Runs a kernel with every team and compares the bits of what it gives; nothing stays on the heap. It must not need a stock
 * kernel.
 */
export function expectSameBits(
  teams: readonly Team[],
  { name, create }: TrainingKernel,
  inputs: Readonly<Record<string, TensorInfo>>,
  attributes: object = {},
): void {
  const backend = tf.backend() as unknown as WasmBackend;
  const stock = (): StockKernel => {
    throw new Error(`${name} asked for a stock kernel`);
  };
  const [alone, ...shared] = teams.map((team) => {
    const outputs = [create({ stock, team })({ inputs: { ...inputs }, attrs: { ...attributes }, backend: tf.backend() })].flat();
    return outputs.map((output) => {
      const values = backend.typedArrayFromHeap(output);
      const bits = Buffer.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      // The next team may get the same memory, and must not find the answer there.
      values.fill(77);
      backend.disposeData(output.dataId);
      return bits;
    });
  });
  for (const outputs of shared) {
    outputs.forEach((bits, index) => {
      const same = bits.equals(alone![index]!);
      if (!same) expect.fail(`output ${index} of ${name} depends on how the work is shared`);
    });
  }
}
