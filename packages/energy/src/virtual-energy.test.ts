import { createNoise, createStep, linf, type StepContext } from '@groundstate/core';
import { describeObjective, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { evaluated, examples, ids } from '../tests/objectives';
import { continuousPathEnergy } from './continuous-path-energy';
import { discretePathEnergy, pathLosses, pathVariation } from './discrete-path-energy';
import { energyPath } from './energy-path';
import { pathEnergy } from './path-energy';
import { variationEnergy } from './variation-energy';

const threat = { norm: linf(), epsilon: 0.1 };
const adversary = { attack: energyPath({ virtual: true }), threat, on: 'all' as const };
const labelled = { ...adversary, attack: energyPath(), on: 'labelled' as const };

// Five steps of the attack, two points, and the clean one; a continuous energy takes two points a sample.
describeObjective(() => variationEnergy({ adversary: labelled }), { cost: 5 + 2 + 1 });
describeObjective(() => variationEnergy({ adversary, virtual: true, segments: 1 }), { cost: 5 + 1 + 1 });
describeObjective(() => pathEnergy({ adversary, virtual: true }), { cost: 5 + 2 + 1 });
describeObjective(() => pathEnergy({ adversary: labelled, form: 'huber', huberDelta: 0.1 }), { cost: 5 + 2 + 1 });
describeObjective(() => continuousPathEnergy({ adversary: labelled, width: 0.5 }), { cost: 5 + 2, tolerance: 5e-3 });
describeObjective(() => continuousPathEnergy({ adversary, virtual: true, samples: 2, width: 0.5 }), { cost: 5 + 4, tolerance: 5e-3 });

/** sum_k p_k E[l_k], one class after the other. */
function byClass(
  model: StepContext['model'],
  inputs: Tensor,
  end: Tensor,
  segments: number,
  measure: (losses: readonly Tensor1D[]) => Tensor1D,
): number {
  const shares = tf.unstack(tf.softmax(model.logits(inputs)), 1);
  const parts = shares.map((share, k) => {
    const labels = tf.fill([inputs.shape[0]!], k, 'int32') as Tensor1D;
    return tf.mul(share, measure(pathLosses(model, { inputs, end, labels, segments, mode: 'inference' })));
  });
  return tf.mean(tf.addN(parts)).dataSync()[0]!;
}

const unlabelled = { ids: Int32Array.of(0, 1), inputs: createNoise(6, Int32Array.of(0, 1)).uniform([6]) };

describe('a virtual energy', () => {
  it('is the energy of the loss of each class, weighted with its probability, over labelled and unlabelled examples', () => {
    tf.tidy(() => {
      const model = smoothModel({ scale: 2 });
      const step = createStep({ model, labelled: examples(), unlabelled, noise: (rows) => createNoise(8, rows), progress: 0 });
      for (const [make, measure] of [
        [pathEnergy, discretePathEnergy],
        [variationEnergy, pathVariation],
      ] as const) {
        const objective = make({ adversary, virtual: true, segments: 4 });
        const constants = objective.prepare!(step.context);
        const value = Object.values(step.onTape(() => objective.evaluate(step.context, constants)))[0]!.dataSync()[0]!;
        const wanted = byClass(model, step.context.all().inputs, constants.end, 4, measure as never);
        expect(constants.end.shape[0]).toBe(5);
        expect(Math.abs(value / wanted - 1)).toBeLessThan(1e-5);
      }
      model.dispose();
    });
  });

  it('shares the clean pass of the labelled examples, and takes one of its own for the others', () => {
    tf.tidy(() => {
      const model = smoothModel();
      const { context, onTape, meter } = createStep({
        model,
        labelled: examples(),
        unlabelled,
        noise: (rows) => createNoise(8, rows),
        progress: 0,
      });
      const objective = pathEnergy({ adversary, virtual: true });
      const constants = objective.prepare!(context);
      onTape(() => {
        context.model.logits(context.labelled.inputs, { mode: 'training' });
        return objective.evaluate(context, constants);
      });
      // Five steps and two points of five examples, the clean pass of three and of two.
      expect(meter.backwards).toBe((5 + 2) * 5 + 3 + 2);
      model.dispose();
    });
  });

  it.each(['labelled', 'unlabelled', 'all'] as const)(
    'with batch statistics predicts once for its probabilities and its ascent: %s',
    (on) => {
      tf.tidy(() => {
        const smooth = smoothModel();
        const model = { ...smooth, buffers: { mean: tf.variable(tf.zeros([6])) } };
        const given = { model, labelled: examples(), unlabelled, noise: (rows: Int32Array) => createNoise(8, rows), progress: 0 };
        const rows = { labelled: 3, unlabelled: 2, all: 5 }[on];
        for (const make of [pathEnergy, continuousPathEnergy]) {
          const { context, meter } = createStep(given);
          make({ adversary: { ...adversary, on }, virtual: true }).prepare!(context);
          expect(meter).toEqual({ forwards: (5 + 1) * rows, backwards: 5 * rows });
        }
        tf.dispose(Object.values(model.buffers));
        smooth.dispose();
      });
    },
  );

  it('holds the probabilities constant: its gradient is that of the energies with fixed weights', () => {
    tf.tidy(() => {
      const model = smoothModel({ scale: 2 });
      const objective = pathEnergy({ adversary, virtual: true });
      const { grads } = evaluated(objective, model);
      const step = createStep({ model, labelled: examples(), noise: (rows) => createNoise(8, rows), progress: 0 });
      const { end } = objective.prepare!(step.context);
      const { inputs } = examples();
      const shares = tf.softmax(model.logits(inputs)).dataSync();
      const reference = tf.variableGrads(() => {
        const logs = [0, 0.5, 1].map((t) => tf.logSoftmax(model.logits(tf.add(inputs, tf.mul(tf.sub(end, inputs), t)))));
        const moves = tf.add(tf.square(tf.sub(logs[1]!, logs[0]!)), tf.square(tf.sub(logs[2]!, logs[1]!)));
        return tf.div(tf.sum(tf.mul(moves, tf.mul(2, tf.tensor2d(shares as Float32Array, [3, 3])))), 3) as never;
      }, Object.values(model.weights));
      for (const [name, weight] of Object.entries(model.weights)) {
        const [one, other] = [grads[name]!.dataSync(), reference.grads[weight.name]!.dataSync()];
        for (const [i, value] of one.entries()) expect(Math.abs(value - other[i]!)).toBeLessThan(1e-5);
      }
      model.dispose();
    });
  });

  it('goes without labels: they may be anything', () => {
    tf.tidy(() => {
      const model = smoothModel();
      const objective = pathEnergy({ adversary, virtual: true });
      const other = { ...examples(), labels: tf.zeros([3], 'int32') as Tensor1D };
      expect(evaluated(objective, model, { labelled: other }).value).toBe(evaluated(objective, model).value);
      model.dispose();
    });
  });

  it('is of whom the adversary attacks, who may be anyone', () => {
    expect(() => pathEnergy({ adversary: { ...adversary, on: 'none' as never }, virtual: true })).toThrow(
      "pathEnergy: expected `adversary.on` to be 'all', 'labelled' or 'unlabelled', got \"none\".",
    );
    expect(() => variationEnergy({ adversary })).toThrow('variationEnergy: expected `adversary.on` to be \'labelled\', got "all".');
    const alone = pathEnergy({ adversary: { ...adversary, on: 'unlabelled' }, virtual: true });
    tf.tidy(() => {
      const model = smoothModel();
      expect(evaluated(alone, model, { unlabelled }).value).toBeGreaterThan(0);
      model.dispose();
    });
  });
});

describe('the continuous path energy', () => {
  it('is on average the integral of the squared slope along the path', () => {
    tf.tidy(() => {
      const n = 3000;
      const many = Int32Array.from({ length: n }, (_, i) => i);
      // One path for all: the lead goes from 2 to -2, with the slope -4, and the loss is log(1 + exp(-lead)).
      const wanted =
        Array.from({ length: 1000 }, (_, i) => 2 - (4 * (i + 0.5)) / 1000).reduce((sum, lead) => sum + (4 / (1 + Math.exp(lead))) ** 2, 0) /
        1000;
      const model = {
        name: 'line',
        bounds: [0, 1] as const,
        classes: 2,
        inputShape: [1],
        logits: (x: Tensor) => tf.concat([tf.zerosLike(x), tf.sub(2, tf.mul(4, x))], 1) as Tensor2D,
      };
      const batch = { ids: many, inputs: tf.zeros([n, 1]), labels: tf.ones([n], 'int32') as Tensor1D };
      const { context, onTape } = createStep({ model, labelled: batch, noise: (rows) => createNoise(8, rows), progress: 0 });
      const objective = continuousPathEnergy({ adversary: { ...labelled, threat: { norm: linf(), epsilon: 1 } }, width: 0.02 });
      const constants = objective.prepare!(context);
      const value = onTape(() => objective.evaluate(context, constants)).continuousEnergy!.dataSync()[0]!;
      expect(Math.abs(value / wanted - 1)).toBeLessThan(0.04);
    });
  });

  it('stays between x and x + r', () => {
    tf.tidy(() => {
      const model = smoothModel();
      const { context } = createStep({ model, labelled: examples(), noise: (rows) => createNoise(8, rows), progress: 0 });
      const { starts } = continuousPathEnergy({ adversary: labelled, samples: 50, width: 0.25 }).prepare!(context);
      expect(starts!.shape).toEqual([50, ids.length]);
      expect(Math.min(...starts!.dataSync())).toBeGreaterThanOrEqual(0);
      expect(Math.max(...starts!.dataSync())).toBeLessThanOrEqual(0.75);
      expect(Math.max(...starts!.dataSync())).toBeGreaterThan(0.6);
      model.dispose();
    });
  });
});
