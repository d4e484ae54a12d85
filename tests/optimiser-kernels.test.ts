import '@tensorflow/tfjs-backend-wasm';
import { cleanLoss, type Defence, examplesFromArrays, type TrainableModel } from '@groundstate/core';
import { smoothModel } from '@groundstate/testing';
import { adam, type Checkpoint, type FitOptions, fit as fitModel, type Optimiser, sgd, weightAverage } from '@groundstate/training';
import { enableTrainingKernels } from '@groundstate/wasm';
import type { NamedTensorMap, Scalar, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

/** `@groundstate/training` finds the kernels of `@groundstate/wasm` at run time: only here are both at hand. */

const roads = ['cpu', 'wasm as it comes', 'wasm with our kernels'] as const;
const ours = 'wasm with our kernels';

async function take(road: (typeof roads)[number]): Promise<void> {
  if (road === ours) await enableTrainingKernels();
  else await tf.setBackend(road === 'cpu' ? 'cpu' : 'wasm');
}

afterAll(async () => {
  await tf.setBackend('cpu');
});

const shapes: Readonly<Record<string, number[]>> = { bias: [], row: [3], kernel: [2, 9], filter: [2, 2, 1, 5] };
const sizeOf = (name: string): number => shapes[name]!.reduce((product, length) => product * length, 1);
const start = (name: string): number[] => Array.from({ length: sizeOf(name) }, (_, i) => Math.fround(Math.sin(i + name.length)));
const gradient = (name: string, step: number): number[] => start(name).map((_, i) => Math.fround(Math.cos(3 * i + 0.7 * step)));
const decays = (name: string): boolean => name !== 'bias';

/** One weight's path in double precision: what it is behind every step. */
type Reference = (first: number, gradients: readonly number[], decay: number) => number;

/** "Decoupled weight decay regularization", algorithm 2, line by line. */
const adamReference: Reference = (first, gradients, decay) => {
  let [w, m, v] = [first, 0, 0];
  gradients.forEach((g, index) => {
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const step = m / (1 - 0.9 ** (index + 1)) / (Math.sqrt(v / (1 - 0.999 ** (index + 1))) + 1e-8);
    w -= 0.05 * (step + decay * w);
  });
  return w;
};

/** The recursion written out: the velocity behind step t is the sum of momentum^(t - s) g_s. */
const sgdReference =
  (momentum: number, nesterov: boolean): Reference =>
  (first, gradients, decay) => {
    const seen: number[] = [];
    return gradients.reduce((w, given) => {
      seen.push(given + decay * w);
      const velocity = seen.reduce((sum, g, s) => sum + momentum ** (seen.length - 1 - s) * g, 0);
      return w - 0.05 * (nesterov ? seen.at(-1)! + momentum * velocity : velocity);
    }, first);
  };

const rules: readonly { readonly optimiser: Optimiser; readonly reference: Reference; readonly decay: number; readonly kernel: string }[] =
  [
    { optimiser: adam(), reference: adamReference, decay: 0, kernel: 'AdamStep' },
    { optimiser: adam({ weightDecay: 0.1, decay: decays }), reference: adamReference, decay: 0.1, kernel: 'AdamStep' },
    { optimiser: sgd(), reference: sgdReference(0, false), decay: 0, kernel: 'SgdStep' },
    { optimiser: sgd({ weightDecay: 0.1, decay: decays }), reference: sgdReference(0, false), decay: 0.1, kernel: 'SgdStep' },
    { optimiser: sgd({ momentum: 0.9 }), reference: sgdReference(0.9, false), decay: 0, kernel: 'SgdStep' },
    {
      optimiser: sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1, decay: decays }),
      reference: sgdReference(0.9, true),
      decay: 0.1,
      kernel: 'SgdStep',
    },
  ];

type Walked = { readonly weights: Readonly<Record<string, number[]>>; readonly kernels: readonly string[] };

/** Thirty steps on the active backend, and the kernels that the last of them ran. */
async function walk(optimiser: Optimiser): Promise<Walked> {
  const weights: Record<string, Variable> = {};
  for (const [name, shape] of Object.entries(shapes)) weights[name] = tf.tidy(() => tf.variable(tf.tensor(start(name), shape)));
  let state = optimiser.init(weights);
  let kernels: readonly string[] = [];
  for (let step = 1; step <= 30; step++) {
    const last = state;
    const gradients: NamedTensorMap = {};
    for (const [name, shape] of Object.entries(shapes)) gradients[name] = tf.tensor(gradient(name, step), shape);
    const { kernelNames } = await tf.profile(() => {
      state = tf.tidy(() => {
        const { weights: updated, state: after } = optimiser.update(weights, gradients, last, 0.05);
        for (const [name, value] of Object.entries(updated)) weights[name]!.assign(value);
        return after as { step: number; slots: NamedTensorMap };
      });
      return [];
    });
    kernels = kernelNames;
    tf.dispose([last.slots, gradients]);
  }
  const values = Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, Array.from(weight.dataSync())]));
  tf.dispose([state.slots, weights]);
  return { weights: values, kernels };
}

describe.each(rules)('thirty steps of $optimiser.name', ({ optimiser, reference, decay, kernel }) => {
  it.each(roads)('follow the paper on %s', async (road) => {
    await take(road);
    const before = tf.memory().numTensors;
    const { weights, kernels } = await walk(optimiser);
    for (const name of Object.keys(shapes)) {
      const gradients = Array.from({ length: 30 }, (_, step) => gradient(name, step + 1));
      for (const [i, first] of start(name).entries()) {
        const path = gradients.map((row) => row[i]!);
        // Thirty float32 steps of up to half a unit: the noise of some units in the last place each.
        expect(Math.abs(weights[name]![i]! - reference(first, path, decays(name) ? decay : 0))).toBeLessThan(1e-5);
      }
    }
    expect(kernels).toEqual(road === ours ? [kernel] : expect.not.arrayContaining([kernel]));
    expect(tf.memory().numTensors).toBe(before);
    if (road !== 'cpu') (await enableTrainingKernels()).disable();
  });

  it('are the same to the bit on cpu and with our kernels', async () => {
    await take('cpu');
    const { weights } = await walk(optimiser);
    await take(ours);
    expect((await walk(optimiser)).weights).toEqual(weights);
    (await enableTrainingKernels()).disable();
  });
});

describe('fit with our kernels', () => {
  let tensorsBefore = 0;
  beforeEach(async () => {
    await take(ours);
    tensorsBefore = tf.memory().numTensors;
  });

  const labels = Int32Array.from({ length: 11 }, (_, i) => i % 2);
  const inputs = Float32Array.from({ length: 22 }, (_, i) => (labels[i >> 1]! ? 0.5 : 0) + ((i * 0.37) % 0.5));
  const examples = examplesFromArrays({ inputs, labels, shape: [2] });
  const clean: Defence = { name: 'clean', objective: cleanLoss() };
  const everything = { averaging: weightAverage({ decay: 0.8 }), clipNorm: 0.3 };
  const modelOf = (seed: number) => smoothModel({ inputShape: [2], hidden: 3, classes: 2, seed });
  const valuesOf = ({ weights }: TrainableModel): Record<string, number[]> =>
    Object.fromEntries(Object.entries(weights).map(([name, weight]) => [name, Array.from(weight.dataSync())]));

  type Trained = {
    readonly values: Readonly<Record<string, readonly number[]>>;
    readonly checkpoints: readonly Checkpoint[];
    readonly losses: readonly number[];
  };
  async function train(options: Partial<FitOptions>, seed = 1): Promise<Trained> {
    const model = modelOf(seed);
    const checkpoints: Checkpoint[] = [];
    const onCheckpoint = (checkpoint: Checkpoint): void => {
      checkpoints.push(checkpoint);
    };
    const { epochs } = await fitModel(model, examples, clean, {
      epochs: 3,
      batchSize: 3,
      seed: 4,
      learningRate: 0.05,
      ...options,
      onCheckpoint,
    });
    const values = valuesOf(model);
    model.dispose();
    return { values, checkpoints, losses: epochs.map(({ terms }) => terms.cleanLoss!) };
  }

  it.each([adam({ weightDecay: 0.1 }), sgd({ momentum: 0.9, nesterov: true, weightDecay: 0.1 })])(
    'a run of $name that goes on from any of its checkpoints ends with the very weights of one that was not interrupted',
    async (optimiser) => {
      const options = { optimiser, ...everything, checkpointEvery: 1 };
      const { values, checkpoints } = await train(options);
      expect(checkpoints.length).toBeGreaterThan(8);
      for (const resume of checkpoints.slice(0, -1)) expect((await train({ ...options, resume }, 2)).values).toEqual(values);
      expect(tf.memory().numTensors).toBe(tensorsBefore);
    },
  );

  it('has the losses of the cpu backend, and ends on its average', async () => {
    const options = { optimiser: adam(), ...everything };
    const found = await train(options);
    await take('cpu');
    const reference = await train(options);
    for (const [epoch, loss] of reference.losses.entries()) expect(Math.abs(found.losses[epoch]! / loss - 1)).toBeLessThan(1e-5);
    for (const [name, values] of Object.entries(reference.values)) {
      for (const [i, value] of values.entries()) expect(Math.abs(found.values[name]![i]! - value)).toBeLessThan(1e-5);
    }
  });

  it('takes one kernel per weight for the step and for the average, and one for each question about all of them', async () => {
    const { runKernel } = tf.engine();
    const counts: Record<string, number> = {};
    tf.engine().runKernel = function (this: unknown, ...call) {
      counts[call[0]] = (counts[call[0]] ?? 0) + 1;
      return runKernel.apply(tf.engine(), call);
    } as typeof runKernel;
    try {
      await train({ optimiser: adam(), ...everything, epochs: 1, batchSize: 11 });
    } finally {
      tf.engine().runKernel = runKernel;
    }
    const weights = Object.keys(modelWeights()).length;
    expect(counts).toMatchObject({ AdamStep: weights, MoveTowards: weights, AllFinite: 1, SquaredNorm: 1 });
    expect(Object.keys(counts).filter((name) => ['IsFinite', 'All', 'LogicalAnd', 'Square'].includes(name))).toEqual([]);
  });

  function modelWeights(): object {
    const model = modelOf(1);
    model.dispose();
    return model.weights;
  }

  /** Finite terms whose gradient is not: that of sqrt(0 w) is 0 / 0. Or a gradient whose square overflows. */
  const broken: readonly [string, (model: TrainableModel) => Scalar][] = [
    ['a gradient that is NaN', (model) => tf.sum(tf.sqrt(tf.abs(tf.mul(Object.values(model.weights)[0]!, 0)))) as Scalar],
    ['a slot that overflows', (model) => tf.mul(tf.sum(Object.values(model.weights)[0]!), 1e25) as Scalar],
  ];
  it.each(broken)('refuses %s, and leaves the weights as they were', async (_, term) => {
    const model = modelOf(1);
    const before = valuesOf(model);
    const defence: Defence = {
      name: 'broken',
      objective: { name: 'broken', terms: ['broken'], evaluate: () => ({ broken: term(model) }) },
    };
    await expect(fitModel(model, examples, defence, { epochs: 1, seed: 0, optimiser: adam() })).rejects.toMatchObject({
      code: 'diverged',
      message: expect.stringContaining('the new weights and the state of the optimiser to be finite numbers'),
    });
    expect(valuesOf(model)).toEqual(before);
    model.dispose();
    expect(tf.memory().numTensors).toBe(tensorsBefore);
  });
});
