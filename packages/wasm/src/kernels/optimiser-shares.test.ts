import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { example } from '../../tests/compare';
import { createSharers, expectSameBits } from '../../tests/shares';
import { enableTrainingKernels } from '../enable-training-kernels';
import type { WasmBackend } from '../heap';
import type { Team } from '../module/team';
import type { TrainingKernel } from '../training-kernel';
import { adamStep } from './adam-step';
import { allFinite, squaredNorm } from './finite';
import { moveTowards } from './move-towards';
import { sgdStep } from './sgd-step';

/** The plain build on one, two, three and seven threads, and the relaxed one on one. */
let teams: readonly Team[];

beforeAll(async () => {
  await enableTrainingKernels();
  const plain = [1, 2, 3, 7].map((threads) => createSharers(threads, 'plain'));
  teams = await Promise.all([...plain, createSharers(1, 'relaxed')]);
});

afterAll(() => {
  for (const team of teams) team.end();
});

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
      tf.tidy(() => expectSameBits(teams, kernel, inputsOf(100_003), attrs));
    });
  },
);

it('what is not finite is found in the share of any thread', () => {
  const backend = tf.backend() as unknown as WasmBackend;
  tf.tidy(() => {
    for (const place of [0, 40_000, 70_000, 100_002]) {
      const values = new Float32Array(100_003);
      values[place] = Number.NaN;
      const inputs = { other: tf.zeros([100_003]), values: tf.tensor(values) };
      const stock = (): never => expect.unreachable('nothing here is stock');
      const verdict = [allFinite.create({ stock, team: teams[2]! })({ inputs, attrs: {}, backend } as never)].flat()[0]!;
      expect(Array.from(backend.typedArrayFromHeap(verdict))).toEqual([0]);
      backend.disposeData(verdict.dataId);
    }
  });
});

it('nothing is written behind the end, whatever the number of floats', () => {
  const backend = tf.backend() as unknown as WasmBackend;
  const { scratch, functions } = teams[0]!;
  const address = scratch.take(4096);
  const memory = new Float32Array(backend.wasm.asm.memory.buffer, address, 1024);
  const at = (block: number): number => address + 256 * block;
  const { adamStep: adam, sgdStep: sgd, momentumStep, moveTowards: move } = functions;
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
