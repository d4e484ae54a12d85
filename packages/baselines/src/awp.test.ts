import { cleanLoss, createNoise, createStep, linf, type Step, type Terms, type TrainableModel } from '@groundstate/core';
import { relativeError, smoothModel, weightDifferences } from '@groundstate/testing';
import type { Scalar } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { awp } from './awp';
import { freeDescent } from './free-at';

// Whole steps stand beside an outside implementation in tests/penalties.test.ts.
const ids = Int32Array.of(0, 1, 2);
const stepOf = (model: TrainableModel, progress = 0.5): Step => {
  const inputs = createNoise(3, ids).stream('inputs').uniform([6], [0.2, 0.8]);
  const labelled = { ids, inputs, labels: tf.tensor1d([0, 1, 2], 'int32') };
  return createStep({ model, labelled, noise: (rows) => createNoise(9, rows), progress });
};
const lossOf =
  ({ context, onTape }: Step) =>
  (): Terms =>
    onTape(() => cleanLoss().evaluate(context));
const valuesOf = ({ weights }: TrainableModel): number[][] => Object.values(weights).map((weight) => Array.from(weight.dataSync()));

it('takes the gradient at w + gamma |w| g / |g| for kernels, and at w for biases', async () => {
  const gamma = 0.3;
  const model = smoothModel();
  const step = stepOf(model);
  const loss = (): Scalar => cleanLoss().evaluate({ ...step.context, model }).cleanLoss!;
  const original = valuesOf(model);
  // The reference by finite differences alone: of the loss at w for the direction, then of the loss at the moved weights.
  const first = await weightDifferences(model, loss);
  for (const [name, weight] of Object.entries(model.weights)) {
    const values = weight.dataSync();
    if (name.endsWith('bias')) continue;
    const factor = (gamma * Math.hypot(...values)) / Math.hypot(...first[name]!);
    tf.tidy(() =>
      weight.assign(
        tf.tensor(
          values.map((value, i) => value + factor * first[name]![i]!),
          weight.shape,
        ),
      ),
    );
  }
  const moved = await weightDifferences(model, loss);
  for (const [i, weight] of Object.values(model.weights).entries()) tf.tidy(() => weight.assign(tf.tensor(original[i]!, weight.shape)));
  const left = tf.memory().numTensors;
  tf.tidy(() => {
    const { gradients } = awp({ gamma }).gradients(model, lossOf(step), step.context, {});
    for (const [name, reference] of Object.entries(moved)) expect(relativeError(gradients[name]!.dataSync(), reference)).toBeLessThan(5e-3);
  });
  expect(step.meter.backwards).toBe(2 * ids.length);
  expect(tf.memory().numTensors).toBe(left);
  tf.dispose([step.context.labelled.inputs, step.context.labelled.labels]);
  model.dispose();
});

it('puts the weights back bit for bit, also where the second pass throws, and leaves nothing behind', () => {
  const model = smoothModel();
  const before = valuesOf(model);
  const left = tf.memory().numTensors;
  let seen: number[][] = [];
  const run = (fails: boolean): void =>
    tf.tidy(() => {
      const step = stepOf(model);
      let passes = 0;
      const terms = (): Terms => {
        if (passes++ === 0) return lossOf(step)();
        seen = valuesOf(model);
        if (fails) throw new Error('second pass');
        return lossOf(step)();
      };
      awp({ gamma: 0.1 }).gradients(model, terms, step.context, {});
    });
  for (const fails of [false, true]) {
    if (fails) expect(() => run(fails)).toThrow('second pass');
    else run(fails);
    // Kernels were moved by a tenth of their length meanwhile, biases were not.
    for (const [i, name] of Object.keys(model.weights).entries()) {
      const length = Math.hypot(...seen[i]!.map((value, j) => value - before[i]![j]!)) / Math.hypot(...before[i]!);
      expect(length).toBeCloseTo(name.endsWith('kernel') ? 0.1 : 0, 5);
    }
    expect(valuesOf(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(left);
  }
  model.dispose();
});

it('moves the averages of normalisation once, in the second pass', () => {
  const { dispose, ...smooth } = smoothModel();
  const average = tf.tidy(() => tf.variable(tf.scalar(0)));
  const logits: TrainableModel['logits'] = (inputs, options) => {
    if (options?.mode === 'training') average.assign(tf.add(average, 1));
    return smooth.logits(inputs);
  };
  const model: TrainableModel = { ...smooth, buffers: { average }, logits };
  tf.tidy(() => {
    const step = stepOf(model);
    awp().gradients(model, lossOf(step), step.context, {});
    expect(average.dataSync()[0]).toBe(1);
  });
  average.dispose();
  dispose();
});

it('takes the plain gradient, and costs nothing more, before its time has come', () => {
  const model = smoothModel();
  tf.tidy(() => {
    const [early, late] = [stepOf(model, 0.1), stepOf(model, 0.2)];
    const descent = awp({ gamma: 0.5, warmup: 0.2 });
    const plain = descent.gradients(model, lossOf(early), early.context, {});
    const later = descent.gradients(model, lossOf(late), late.context, {});
    expect([early.meter.backwards, late.meter.backwards]).toEqual([ids.length, 2 * ids.length]);
    expect(later.terms.cleanLoss!.dataSync()[0]!).toBeGreaterThan(plain.terms.cleanLoss!.dataSync()[0]!);
  });
  model.dispose();
});

it('wraps another descent, whose memory is its own', () => {
  const model = smoothModel();
  tf.tidy(() => {
    const step = stepOf(model);
    const inner = freeDescent({ threat: { norm: linf(), epsilon: 0.1 } });
    const descent = awp({ inner });
    const terms = (moved?: tf.Tensor): Terms => step.onTape(() => cleanLoss().evaluate(moved ? step.contextAt(moved) : step.context));
    const { memory } = descent.gradients(model, terms, step.context, {});
    expect([descent.name, Object.keys(memory)]).toEqual(['awp 0.01 from 0 with free linf 0.1 by 0.1', ['delta']]);
  });
  model.dispose();
});

it('stands still where the loss has no gradient', () => {
  const { dispose, ...smooth } = smoothModel();
  const kernels = Object.values(smooth.weights);
  const logits: TrainableModel['logits'] = (inputs) => tf.mul(smooth.logits(inputs), 0) as tf.Tensor2D;
  tf.tidy(() => {
    const model = { ...smooth, logits };
    const step = stepOf(model);
    const { gradients } = awp().gradients(model, lossOf(step), step.context, {});
    for (const gradient of Object.values(gradients)) expect(gradient.dataSync().every((value) => value === 0)).toBe(true);
    expect(kernels.every((kernel) => kernel.dataSync().every(Number.isFinite))).toBe(true);
  });
  dispose();
});

it('refuses what it does not know', () => {
  expect(() => awp({ gamma: 0 })).toThrow('awp: expected `gamma` to be a finite number above 0, got 0.');
  expect(() => awp({ warmup: 10 })).toThrow('awp: expected `warmup` to be a finite number of at least 0 and of at most 1, got 10.');
  expect(() => awp({ epsilon: 1 } as object)).toThrow("awp: expected `option` to be one of 'gamma', 'warmup', 'inner', got \"epsilon\".");
});
