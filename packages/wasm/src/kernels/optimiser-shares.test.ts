import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { example } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';
import type { WasmBackend } from '../heap';
import { type Build, compileKernels } from '../module/compile';
import type { KernelFunctions } from '../module/kernel-functions';
import { createScratch, type Scratch } from '../module/scratch';
import { countShares, shareStart, type Team } from '../module/team';
import type { TrainingKernel } from '../training-kernel';
import { adamStep } from './adam-step';
import { allFinite, squaredNorm } from './finite';
import { moveTowards } from './move-towards';
import { sgdStep } from './sgd-step';

let backend: WasmBackend;
let scratch: Scratch;
const functionsOf = new Map<Build, KernelFunctions>();

beforeAll(async () => {
  await enableTrainingKernels();
  backend = tf.backend() as unknown as WasmBackend;
  scratch = createScratch(backend);
  for (const build of ['plain', 'relaxed'] as const) {
    const { module } = await compileKernels('test', build, undefined, false);
    const { exports } = await WebAssembly.instantiate(module, { env: { memory: backend.wasm.asm.memory } });
    functionsOf.set(build, exports as unknown as KernelFunctions);
  }
});

/** As many shares as threads would take, the last one first. */
function teamOf(threads: number, functions: KernelFunctions): Team {
  return {
    threads,
    scratch,
    functions,
    run(name, items, grain, argumentsOf) {
      const shares = countShares(items, grain, threads);
      for (let share = shares - 1; share >= 0; share--) {
        const [from, to] = [shareStart(items, grain, shares, share), shareStart(items, grain, shares, share + 1)];
        if (to > from) (functions[name] as (...given: readonly number[]) => void)(...argumentsOf(from, to, share));
      }
    },
    end() {},
  };
}

function outputsOf(kernel: TrainingKernel, inputs: Record<string, tf.Tensor>, attrs: object, threads: number, build: Build = 'plain') {
  const stock = (): never => expect.unreachable('nothing here is stock');
  const run = kernel.create({ stock, team: teamOf(threads, functionsOf.get(build)!) });
  return [run({ inputs, attrs, backend } as never)].flat().map((output) => {
    const numbers = backend.typedArrayFromHeap(output).slice();
    backend.disposeData(output.dataId);
    return numbers;
  });
}

/** To the bit; by hand, because `toEqual` takes its time over long arrays. */
function expectSame(outputs: ReturnType<typeof outputsOf>, reference: ReturnType<typeof outputsOf>): void {
  expect(outputs.map(({ length }) => length)).toEqual(reference.map(({ length }) => length));
  const different = outputs.map((numbers, index) => numbers.findIndex((number, place) => !Object.is(number, reference[index]![place])));
  expect(different).toEqual(outputs.map(() => -1));
}

const attributes = { learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.01, share: 0.3 };
const means = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, learningRate: 0.1, correction1: 0.1, correction2: 0.001, shrink: 0.9 };
const cases: readonly [TrainingKernel, readonly string[], object][] = [
  [adamStep, ['weight', 'gradient', 'm', 'v'], means],
  [sgdStep, ['weight', 'gradient'], attributes],
  [sgdStep, ['weight', 'gradient', 'velocity'], attributes],
  [moveTowards, ['from', 'to'], attributes],
  [squaredNorm, ['a', 'b'], {}],
  [allFinite, ['a', 'b'], {}],
];

describe.each(cases.map(([kernel, names, attrs]) => ({ title: `${kernel.name} of ${names}`, kernel, names, attrs })))(
  '$title',
  ({ kernel, names, attrs }) => {
    const inputsOf = (size: number): Record<string, tf.Tensor> =>
      Object.fromEntries(names.map((name, index) => [name, tf.tensor(example([size], index + 1, 0, 4).values)]));

    it('has the same bits however many threads share the work, and in both builds', () => {
      tf.tidy(() => {
        const inputs = inputsOf(100_003);
        const alone = outputsOf(kernel, inputs, attrs, 1);
        for (const threads of [2, 3, 7]) expectSame(outputsOf(kernel, inputs, attrs, threads), alone);
        expectSame(outputsOf(kernel, inputs, attrs, 1, 'relaxed'), alone);
      });
    });
  },
);

it('what is not finite is found in the share of any thread', () => {
  tf.tidy(() => {
    for (const place of [0, 40_000, 70_000, 100_002]) {
      const values = new Float32Array(100_003);
      values[place] = Number.NaN;
      const [verdict] = outputsOf(allFinite, { other: tf.zeros([100_003]), values: tf.tensor(values) }, {}, 3);
      expect(Array.from(verdict!)).toEqual([0]);
    }
  });
});

it('nothing is written behind the end, whatever the number of floats', () => {
  const address = scratch.take(4096);
  const memory = new Float32Array(backend.wasm.asm.memory.buffer, address, 1024);
  const at = (block: number): number => address + 256 * block;
  const { adamStep: adam, sgdStep: sgd, momentumStep, moveTowards: move } = functionsOf.get('plain')!;
  for (let count = 0; count < 12; count++) {
    const untouched = (...blocks: number[]): void => {
      for (const block of blocks) {
        const written = Array.from(memory.subarray(64 * block, 64 * block + 64), (number) => number !== 777);
        expect(written).toEqual(written.map((_, index) => index < count));
      }
      memory.fill(777);
    };
    memory.fill(777);
    adam(at(0), at(1), at(2), at(3), at(4), at(5), at(6), count, 0.5, 0.25, 0.5, 0.25, 1, 1, 1, 1);
    untouched(4, 5, 6);
    sgd(at(0), at(1), at(2), count, 1, 0.5, 0.5);
    untouched(2);
    momentumStep(at(0), at(1), at(2), at(3), at(4), count, 1, 1, 0.5, 0.5, 0.5);
    untouched(3, 4);
    memory.fill(1, 64, 128);
    move(at(0), at(1), at(2), count, 0.5);
    untouched(2);
  }
});
