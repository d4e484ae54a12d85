import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { example, runOn } from '../../tests/compare';
import { enableTrainingKernels } from '../enable-training-kernels';
import { runKernel } from '../training-gradient';

/**
 * The definition in double precision, which has digits enough: log(1 + sum over the rivals of exp(z_k - z_y)) and its gradient.
 * The differences alone are rounded, for the exponential multiplies that rounding by their size.
 */
function exact(row: readonly number[], label: number): { readonly loss: number; readonly gradient: number[] } {
  const known = label >= 0 && label < row.length;
  const reference = known ? row[label]! : 0;
  if (!row.every(Number.isFinite)) return { loss: Number.NaN, gradient: row.map(() => Number.NaN) };
  const leads = row.map((value) => Math.fround(value - reference));
  const shift = Math.max(0, ...leads);
  const rivals = leads.map((lead, k) => (known && k === label ? 0 : Math.exp(Math.fround(lead - shift))));
  const sum = rivals.reduce((total, odds) => total + odds, 0);
  const gradient = rivals.map((odds) => odds / (Math.exp(-shift) + sum));
  if (known) gradient[label] = -sum / (Math.exp(-shift) + sum);
  return { loss: shift === 0 ? Math.log1p(sum) : shift + Math.log(Math.exp(-shift) + sum), gradient };
}

function expectNear(value: number, reference: number, what: string): void {
  if (Number.isNaN(reference) ? Number.isNaN(value) : Math.abs(value - reference) <= 2e-6 * Math.abs(reference) + 1e-44) return;
  expect.fail(`${what} is ${value}, not ${reference}`);
}

async function lossAndGradient(
  logits: readonly number[],
  classes: number,
  labels: readonly number[],
  dy: readonly number[],
): Promise<[number[], number[]]> {
  const rows = labels.length;
  const [losses, gradient] = await runOn(
    'wasm',
    ([z, slopes]) => {
      const integers = tf.tensor1d([...labels], 'int32');
      return [
        runKernel('CrossEntropyWithLabels', { logits: z!, labels: integers }),
        runKernel('CrossEntropyWithLabelsGrad', { logits: z!, labels: integers, dy: slopes! }),
      ];
    },
    [
      { values: Float32Array.from(logits), shape: [rows, classes] },
      { values: Float32Array.from(dy), shape: [rows] },
    ],
  );
  return [losses!, gradient!];
}

const logit = fc.oneof(
  fc.float({ min: -30, max: 30, noNaN: true }),
  fc.float({ min: -1, max: 1, noNaN: true }),
  fc.constantFrom(0, -0, 60, -60, 1e20, -1e20),
);
const failed = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
const problem = fc.integer({ min: 1, max: 11 }).chain((classes) =>
  fc
    .array(
      fc.record({
        row: fc.array(fc.oneof({ weight: 60, arbitrary: logit }, { weight: 1, arbitrary: failed }), {
          minLength: classes,
          maxLength: classes,
        }),
        // Also labels that are no class.
        label: fc.integer({ min: -1, max: classes }),
        slope: fc.constantFrom(1, -0.5, 0, 3),
      }),
      { maxLength: 6 },
    )
    .map((rows) => ({ classes, rows })),
);

beforeAll(async () => {
  await enableTrainingKernels();
});

describe('cross-entropy with labels on wasm', () => {
  it('and its gradient are those of the definition in double precision, however confident, and NaN in a row that is not finite', async () => {
    await fc.assert(
      fc.asyncProperty(problem, async ({ classes, rows }) => {
        const slopes = rows.map(({ slope }) => slope);
        const labels = rows.map(({ label }) => label);
        const [losses, gradient] = await lossAndGradient(
          rows.flatMap(({ row }) => row),
          classes,
          labels,
          slopes,
        );
        expect([losses.length, gradient.length]).toEqual([rows.length, rows.length * classes]);
        for (const [i, { row, label, slope }] of rows.entries()) {
          const reference = exact(row, label);
          expectNear(losses[i]!, reference.loss, `the loss of ${row} for ${label}`);
          for (const [k, share] of reference.gradient.entries()) {
            expectNear(gradient[i * classes + k]!, slope * share, `the gradient of ${row} for ${label}, at ${k}`);
          }
        }
      }),
      { seed: 11, numRuns: 250 },
    );
  });

  it('resolves a loss of 1e-26 and its slopes', async () => {
    const [losses, gradient] = await lossAndGradient([60, 0], 2, [0], [1]);
    for (const value of [losses[0]!, -gradient[0]!, gradient[1]!]) expectNear(value, Math.log1p(Math.exp(-60)), 'a share');
  });

  it('a row has the same bits in every batch', async () => {
    const classes = 13;
    const { values } = example([64, classes], 4, -9, 9);
    const labels = Array.from({ length: 64 }, (_, row) => (row * 5) % classes);
    const run = (from: number, to: number) =>
      lossAndGradient(
        [...values.subarray(from * classes, to * classes)],
        classes,
        labels.slice(from, to),
        labels.slice(from, to).map(Math.sin),
      );
    const [losses, gradient] = await run(0, 64);
    for (const [from, to] of [
      [0, 1],
      [5, 12],
      [63, 64],
    ] as const) {
      expect(await run(from, to)).toEqual([losses.slice(from, to), gradient.slice(from * classes, to * classes)]);
    }
  });

  it('a failed slope makes its own row NaN, and no other', async () => {
    const [, gradient] = await lossAndGradient([1, 2, 3, 4], 2, [0, 0], [Number.NaN, 1]);
    expect(gradient.map(Number.isNaN)).toEqual([true, true, false, false]);
  });

  it('refuses what the compiled code cannot read', async () => {
    await tf.setBackend('wasm');
    tf.tidy(() => {
      const [logits, labels] = [tf.zeros([3, 2]), tf.zeros([3], 'int32')];
      const loss = (inputs: Record<string, tf.Tensor>) => () => runKernel('CrossEntropyWithLabels', inputs);
      expect(loss({ logits: tf.zeros([6]), labels })).toThrow(
        'CrossEntropyWithLabels: expected `logits` to be float32 [rows, classes], got "float32 [6]".',
      );
      expect(loss({ logits, labels: tf.zeros([3]) })).toThrow(
        'CrossEntropyWithLabels: expected `labels` to be int32 [3], got "float32 [3]".',
      );
      expect(loss({ logits, labels: tf.zeros([2], 'int32') })).toThrow('expected `labels` to be int32 [3], got "int32 [2]".');
      expect(() => runKernel('CrossEntropyWithLabelsGrad', { logits, labels, dy: tf.ones([1]) })).toThrow(
        'CrossEntropyWithLabelsGrad: expected `dy` to be a float32 number per row, [3], got [1].',
      );
    });
  });
});
