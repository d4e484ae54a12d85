/** What every objective promises. */
import { createNoise, createStep, type Objective, type Terms } from '@groundstate/core';
import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { relativeError, weightDifferences } from '../gradients';
import { smoothModel } from '../toys/smooth-model';
import { leakedTensors, withoutSynchronousReads } from './leaks';

const n = 5;
const ids = Int32Array.from({ length: n }, (_, i) => i);

/**
 * `cost`: gradient evaluations an example and step, as the objective's docstring says. Inputs have shape [6].
 * `readsOnce`: it may read tensors synchronously in its first step with a model (the check of double backpropagation does).
 */
export function describeObjective(
  make: () => Objective,
  options: { readonly cost: number; readonly tolerance?: number; readonly readsOnce?: boolean },
): void {
  const batch = (): { ids: Int32Array; inputs: tf.Tensor; labels: Tensor1D } => ({
    ids,
    inputs: createNoise(3, ids).stream('inputs').uniform([6], [0.2, 0.8]),
    labels: tf.tensor1d([0, 1, 2, 1, 0], 'int32'),
  });
  const total = (terms: Terms): Scalar => Object.values(terms).reduce((sum, term) => tf.add(sum, term) as Scalar);
  const step = (model: ReturnType<typeof smoothModel>, labelled: ReturnType<typeof batch>): ReturnType<typeof createStep> =>
    createStep({ model, labelled, noise: (rows) => createNoise(9, rows), progress: 0.5 });

  describe(`${make().name} keeps the contract of an objective`, () => {
    it('returns the terms it names, each a finite scalar', async () => {
      const model = smoothModel();
      const { context, onTape } = step(model, batch());
      const objective = make();
      const constants = objective.prepare?.(context);
      const terms = onTape(() => objective.evaluate(context, constants));
      expect(Object.keys(terms)).toEqual([...objective.terms]);
      for (const term of Object.values(terms)) {
        expect(term.shape).toEqual([]);
        expect(Number.isFinite((await term.data())[0])).toBe(true);
      }
      model.dispose();
    });

    it('has the gradient of its own value, constants held', async () => {
      const model = smoothModel();
      const labelled = batch();
      const objective = make();
      const { context, onTape } = step(model, labelled);
      const constants = objective.prepare?.(context);
      // Every call has a memo of its own: the differences move the weights.
      const evaluate = (): Scalar => onTape(() => total(objective.evaluate(context, constants)));
      const { grads } = tf.variableGrads(evaluate, Object.values(model.weights));
      const reference = await weightDifferences(model, evaluate);
      for (const [name, variable] of Object.entries(model.weights)) {
        expect(relativeError(await grads[variable.name]!.data(), reference[name]!)).toBeLessThan(options.tolerance ?? 2e-3);
      }
      model.dispose();
    });

    it(`costs ${options.cost} gradient evaluations an example`, () => {
      const model = smoothModel();
      const objective = make();
      tf.tidy(() => {
        const { context, onTape, meter } = step(model, batch());
        const constants = objective.prepare?.(context);
        onTape(() => objective.evaluate(context, constants));
        expect(meter.backwards).toBe(options.cost * n);
      });
      model.dispose();
    });

    it('reads no tensor synchronously and leaves none behind', async () => {
      const model = smoothModel();
      const labelled = batch();
      const objective = make();
      const run = (): void => {
        tf.tidy(() => {
          const { context, onTape } = step(model, labelled);
          const constants = objective.prepare?.(context);
          onTape(() => objective.evaluate(context, constants));
        });
      };
      if (options.readsOnce) run();
      const leaked = await leakedTensors(() => withoutSynchronousReads(run));
      expect(leaked).toBe(0);
      model.dispose();
    });
  });
}
