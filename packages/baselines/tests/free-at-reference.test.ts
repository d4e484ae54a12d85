import { createNoise, createStep, l2, linf } from '@groundstate/core';
import { fixtureTensor, referenceCase, relativeError } from '@groundstate/testing';
import type { NamedTensorMap } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { freeAdversarialTraining } from '../src/index';
import fixture from './fixtures/free-at.json' with { type: 'json' };

const norms = { linf: linf(), l2: l2() };

it.each(['linf', 'l2'] as const)('%s: losses, gradients and delta of four steps are those of an outside implementation', (name) => {
  // scripts/fixtures/free-at.py: two replays of a batch of six, two of a batch of two, and a step of the weights after each.
  const { eps: epsilon, step, steps } = fixture.norms[name];
  const { model, inputs, labels } = referenceCase('mlp');
  const tensors = tf.memory().numTensors;
  const { objective, descent } = freeAdversarialTraining({ threat: { norm: norms[name], epsilon }, step });
  let memory: NamedTensorMap = {};
  for (const [index, rows] of fixture.batches.entries()) {
    const wanted = steps[index]!;
    const next = tf.tidy(() => {
      const picked = tf.tensor1d(rows, 'int32');
      const labelled = {
        ids: Int32Array.from(rows),
        inputs: tf.gather(inputs(), picked),
        labels: tf.gather(labels(), picked) as tf.Tensor1D,
      };
      const taken = createStep({ model, labelled, noise: (ids) => createNoise(0, ids), progress: 0 });
      const terms = (moved?: tf.Tensor) =>
        taken.onTape(() => objective.evaluate(moved ? taken.contextAt(moved) : taken.context, undefined));
      const result = descent!.gradients(model, terms, taken.context, memory);
      expect(result.terms.cleanLoss!.dataSync()[0]! / wanted.loss).toBeCloseTo(1, 4);
      for (const { name: weight, data } of wanted.gradients) {
        expect(relativeError(result.gradients[weight]!.dataSync(), data)).toBeLessThan(1e-4);
        model.weights[weight]!.assign(tf.sub(model.weights[weight]!, tf.mul(result.gradients[weight]!, fixture.rate)));
      }
      expect(Object.keys(result.memory)).toEqual(['delta']);
      expect(result.memory.delta!.shape).toEqual(wanted.delta.shape);
      expect(relativeError(result.memory.delta!.dataSync(), fixtureTensor(wanted.delta).dataSync())).toBeLessThan(1e-4);
      expect(taken.meter.backwards).toBe(rows.length);
      return { ...result.memory };
    });
    tf.dispose(memory);
    memory = next;
  }
  tf.dispose(memory);
  expect(tf.memory().numTensors).toBe(tensors);
  model.dispose();
});
