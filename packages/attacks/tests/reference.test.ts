import '@tensorflow/tfjs-backend-wasm';
import { createNoise, crossEntropyOf, l2, linf, type Norm } from '@groundstate/core';
import { fixedNoise, fixtureTensor, referenceCase } from '@groundstate/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apgdCe, pgd } from '../src/index';
import { deviation, traceOf, valuesOf } from './trace';

/**
 * Whole traces beside an outside implementation in float64, from the same start. The issue asks for 1e-4; what is seen is
 * about a hundred times less. Only forward passes and input gradients are needed, which the wasm backend has as it comes.
 */
const norms: Readonly<Record<'linf' | 'l2', Norm>> = { linf: linf(), l2: l2() };
const ids = Int32Array.from([0, 1, 2, 3, 4, 5]);

describe.each(['cpu', 'wasm'])('on the %s backend', (backend) => {
  beforeAll(() => tf.setBackend(backend));
  afterAll(() => tf.setBackend('cpu'));

  describe.each(['mlp', 'convnet'] as const)('%s', (name) => {
    it('answers with the reference logits, losses and input gradients', () => {
      const { model, inputs, labels, fixture } = referenceCase(name);
      expect(deviation([valuesOf(model.logits(inputs()))], fixture.logits)).toBeLessThan(1e-5);
      expect(deviation([valuesOf(crossEntropyOf(model.logits(inputs()), labels()))], fixture.ce)).toBeLessThan(1e-5);
      const slope = tf.grad((x) => tf.sum(crossEntropyOf(model.logits(x), labels())))(inputs());
      expect(deviation([valuesOf(slope)], fixture.inputGradient)).toBeLessThan(1e-4);
      model.dispose();
    });

    it.each(['linf', 'l2'] as const)('pgd under %s takes the reference path', (size) => {
      const { model, inputs, labels, fixture } = referenceCase(name);
      const { eps: epsilon, steps, stepSize, delta0, losses, xFinal, finalLosses } = fixture.pgd[size];
      const start = fixtureTensor(delta0);
      // The norm itself, save that its draw from the ball is the fixture's.
      const norm: Norm = { ...norms[size], sample: (center) => tf.add(center, start) };
      const problem = { model, inputs: inputs(), threat: { norm, epsilon }, noise: createNoise(0, ids) };
      const goal = { kind: 'misclassify', labels: labels() } as const;
      const trace = traceOf(pgd({ steps, step: stepSize }), { ...problem, goal, labels: goal.labels });
      const ended = traceOf(pgd({ steps: steps + 1, step: stepSize }), { ...problem, goal, labels: goal.labels });
      expect(deviation(trace.losses, losses)).toBeLessThan(1e-4);
      expect(deviation([trace.end], xFinal)).toBeLessThan(2e-5);
      expect(deviation(ended.losses.slice(-1), finalLosses)).toBeLessThan(1e-4);
      model.dispose();
    });

    it.each(['linf', 'l2'] as const)('apgd under %s takes the reference path, steps and best point', (size) => {
      const { model, inputs, labels, fixture } = referenceCase(name);
      const { eps: epsilon, steps, rho, t, losses, stepSizes, xBest, lossBest, xLast, fooled } = fixture.apgd[size];
      const goal = { kind: 'misclassify', labels: labels() } as const;
      const problem = { model, inputs: inputs(), threat: { norm: norms[size], epsilon }, noise: fixedNoise(fixtureTensor(t)) };
      const trace = traceOf(apgdCe({ steps, rho }), { ...problem, goal, labels: goal.labels });
      const last = trace.rows.at(-1)!;
      expect(deviation(trace.losses, losses)).toBeLessThan(1e-4);
      expect(
        relative(
          trace.rows.flatMap(({ step }) => [...step!]),
          stepSizes.data,
        ),
      ).toBeLessThan(1e-6);
      expect(deviation([last.best!], xBest)).toBeLessThan(2e-5);
      expect(deviation([last.bestLoss!], lossBest)).toBeLessThan(1e-4);
      expect(deviation(trace.points.slice(-1), xLast)).toBeLessThan(2e-5);
      const predicted = tf.argMax(model.logits(tf.tensor(last.best!, xBest.shape as number[])), 1);
      expect(deviation([valuesOf(tf.notEqual(predicted, goal.labels))], fooled)).toBe(0);
      model.dispose();
    });
  });
});

function relative(values: readonly number[], reference: readonly number[]): number {
  return Math.max(...reference.map((wanted, i) => Math.abs(values[i]! / wanted - 1)));
}
