import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { example } from '../../tests/compare';
import { createSharers, expectSameBits } from '../../tests/shares';
import { enableTrainingKernels } from '../enable-training-kernels';
import type { WasmBackend } from '../heap';
import type { Team } from '../module/team';
import { activationGradients } from './activation-gradients';
import { activations } from './activations';
import { crossEntropyWithLabels, crossEntropyWithLabelsGrad } from './cross-entropy';

const teams: Team[] = [];

beforeAll(async () => {
  await enableTrainingKernels();
  for (const threads of [1, 2, 3]) teams.push(await createSharers(threads, 'plain'));
});

afterAll(() => {
  for (const team of teams) team.end();
});

/** Long enough for three shares, and no multiple of four. */
const length = 50003;
const vector = (seed: number): tf.Tensor1D => tf.tensor1d(example([length], seed, -7, 7).values);
const attributes = { alpha: 0.3, clipValueMin: -1, clipValueMax: 2 };

/** In a tidy, and no tensor is left: the outputs are freed by the comparison. */
function keepingNone(run: () => void): void {
  const before = tf.memory().numTensors;
  tf.tidy(run);
  expect(tf.memory().numTensors).toBe(before);
}

describe('activations and losses shared out over threads', () => {
  it.each(activations.map((kernel) => [kernel.name, kernel] as const))('%s has the same bits', (_, kernel) => {
    keepingNone(() => expectSameBits(teams, kernel, { x: vector(1) }, attributes));
  });

  it.each(activationGradients.map((kernel) => [kernel.name, kernel] as const))('%s has the same bits', (_, kernel) => {
    keepingNone(() => {
      const saved = vector(2);
      expectSameBits(teams, kernel, { dy: vector(3), x: saved, y: saved }, attributes);
    });
  });

  it('cross-entropy and its gradient have the same bits', () => {
    keepingNone(() => {
      for (const classes of [3, 10]) {
        const rows = 5001;
        const logits = tf.tensor2d(example([rows, classes], 4, -9, 9).values, [rows, classes]);
        const labels = tf.tensor1d(
          Int32Array.from({ length: rows }, (_, row) => row % classes),
          'int32',
        );
        const dy = tf.tensor1d(example([rows], 5).values);
        expectSameBits(teams, crossEntropyWithLabels, { logits, labels });
        expectSameBits(teams, crossEntropyWithLabelsGrad, { logits, labels, dy });
      }
    });
  });

  it.each(['plain', 'relaxed'] as const)('the %s build agrees with double precision', async (build) => {
    const { functions, scratch, end } = await createSharers(1, build);
    const { values } = example([1001], 6, -9, 9);
    const x = scratch.take(8192);
    const y = x + 4096;
    const { memory } = (tf.backend() as unknown as WasmBackend).wasm.asm;
    new Float32Array(memory.buffer, x, values.length).set(values);
    const exact = {
      elu: (v: number) => (v < 0 ? Math.expm1(v) : v),
      softplus: (v: number) => Math.log1p(Math.exp(v)),
      tanh: Math.tanh,
      exp: Math.exp,
      silu: (v: number) => v / (1 + Math.exp(-v)),
    };
    for (const [name, reference] of Object.entries(exact)) {
      functions[name as keyof typeof exact](x, y, 0, values.length);
      const computed = new Float32Array(memory.buffer, y, values.length);
      const wrong = values.findIndex((v, i) => !(Math.abs(computed[i]! / reference(v) - 1) <= 5e-7));
      if (wrong >= 0) expect.fail(`${name}(${values[wrong]}) is ${computed[wrong]}`);
    }
    end();
  });
});
