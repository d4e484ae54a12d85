/**
 * A backend and a team for one kernel at a time, on a memory of their own, in which every tensor and the scratch lie between guards: numbers
 * that a kernel must not write over, and which are NaN, so that one that computes with them gives itself away. Each tensor in turn lies at
 * the very end of the memory, where reading one number too many traps. The scratch is as small as was asked for, and full of NaN.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../src/heap';
import { type Build, compileKernels } from '../src/module/compile';
import type { KernelFunctions } from '../src/module/kernel-functions';
import { createSoloist } from '../src/module/team';
import type { TrainingKernel } from '../src/training-kernel';
import type { Example } from './compare';

/** Bytes of a guard: more than two panels of a tile. */
const GUARD = 1024;
/** A NaN that no arithmetic makes. */
const PATTERN = 0x7fc0a5a5;
const PAGES = 512;
const PAGE = 65536;

export interface Guarded {
  /**
   * What the kernel makes of the inputs, once for every place of the tensors.
   * @throws Error when it wrote outside of what it made, or to what it was given, or read behind the end of a tensor.
   */
  run(kernel: TrainingKernel, inputs: Readonly<Record<string, Example>>, attributes: object): number[][];
}

interface Block {
  readonly address: number;
  readonly bytes: number;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

export async function createGuarded(build: Build): Promise<Guarded> {
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGE });
  const { module } = await compileKernels('test', build, undefined, false);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const words = new Int32Array(memory.buffer);

  /** `last` is the number of the tensor at the end of the memory. */
  function runOnce(kernel: TrainingKernel, inputs: Readonly<Record<string, Example>>, attributes: object, last: number): number[] {
    const blocks: Block[] = [];
    let next = GUARD;
    const reserve = (bytes: number, atEnd: boolean): number => {
      const address = atEnd ? PAGES * PAGE - bytes : next;
      blocks.push({ address, bytes });
      if (!atEnd) next = Math.ceil((address + bytes + GUARD) / 64) * 64;
      if (next > PAGES * PAGE - (blocks.find(({ address }) => address >= next)?.bytes ?? 0)) throw new Error('the test needs more pages');
      words.fill(PATTERN, (address - GUARD) / 4, (address + bytes + (atEnd ? 0 : GUARD)) / 4);
      return address;
    };
    const tensors = new Map<object, { readonly memoryOffset: number }>();
    const tensor = (shape: readonly number[]): TensorInfo => {
      const dataId = {};
      tensors.set(dataId, { memoryOffset: reserve(4 * sizeOf(shape), tensors.size === last) });
      return { dataId, shape: [...shape], dtype: 'float32' };
    };
    const numbers = ({ dataId, shape }: TensorInfo): Float32Array =>
      new Float32Array(memory.buffer, tensors.get(dataId)!.memoryOffset, sizeOf(shape));
    const backend = { wasm: { asm: { memory } }, dataIdMap: tensors, makeOutput: tensor, typedArrayFromHeap: numbers };
    const scratch = { bytes: 0, take: (bytes: number) => reserve(Math.ceil(bytes / 4) * 4, false), free() {} };
    const stock = (name: string): never => {
      throw new Error(`${kernel.name} asked for the stock kernel ${name}`);
    };
    const given = Object.entries(inputs).map(([name, { values, shape }]) => {
      const input = tensor(shape);
      numbers(input).set(values);
      return [name, input] as const;
    });
    const run = kernel.create({ stock, team: createSoloist(exports as unknown as KernelFunctions, scratch) });
    const call = { inputs: Object.fromEntries(given), attrs: { ...attributes }, backend: backend as unknown as WasmBackend };
    const output = run(call as never) as TensorInfo;
    for (const { address, bytes } of blocks) {
      const before = words.subarray((address - GUARD) / 4, address / 4);
      const behind = words.subarray((address + bytes) / 4, (address + bytes + GUARD) / 4);
      if ([before, behind].some((guard) => guard.some((word) => word !== PATTERN))) {
        throw new Error(`${kernel.name} wrote outside of a block of ${bytes} bytes`);
      }
    }
    for (const [name, input] of given) {
      const { values } = inputs[name]!;
      if (numbers(input).some((value, index) => !Object.is(value, values[index]))) throw new Error(`${kernel.name} changed ${name}`);
    }
    return [...numbers(output)];
  }

  return {
    run(kernel, inputs, attributes) {
      const places = Object.keys(inputs).length + 1;
      return Array.from({ length: places }, (_, last) => runOnce(kernel, inputs, attributes, last));
    },
  };
}
