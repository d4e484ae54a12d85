import { binaryModel, linearModel } from '@groundstate/testing';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { classes, climb, column } from '../../tests/problems';
import { expectClose, leavesNoTensors } from '../../tests/tensors';
import type { Model } from '../contract/model';
import type { Noise } from '../contract/noise';
import type { Adversary, Objective } from '../contract/objective';
import { createNoise } from '../noise/create-noise';
import { linf } from '../norms/linf';
import { cleanLoss } from '../objectives/clean-loss';
import { sum } from '../objectives/sum';
import '../substrate/register-gradients';
import { createMeter } from './meter';
import { createStep, type Step, type StepParts } from './step';

/** A model that notes every pass: its rows, its mode and whose noise it was given. */
function watched(): { readonly model: Model; readonly passes: string[]; readonly ids: number[][] } {
  const passes: string[] = [];
  const ids: number[][] = [];
  const base = linearModel([1], -0.5);
  const logits: Model['logits'] = (inputs, options) => {
    passes.push(`${inputs.shape[0]} ${options?.mode}`);
    ids.push([...(options?.noise?.ids ?? [])]);
    return base.logits(inputs);
  };
  return { model: { ...base, logits }, passes, ids };
}

const noise = (ids: Int32Array): Noise => createNoise(9, ids);

/** Runs `use` on a step over two labelled examples (ids 5, 6), and three unlabelled ones (7, 8, 9) where asked. */
function within(use: (step: Step, parts: StepParts) => void, model: Model, options: { readonly unlabelled?: boolean } = {}): void {
  tf.tidy(() => {
    const labelled = { ids: Int32Array.from([5, 6]), inputs: column(0.8, 0.4), labels: classes(1, 0) };
    const unlabelled = { ids: Int32Array.from([7, 8, 9]), inputs: column(0.9, 0.7, 0.2) };
    const parts = { model, labelled, noise, progress: 0.5, ...(options.unlabelled ? { unlabelled } : {}) };
    use(createStep(parts), parts);
  });
}

const threat = { norm: linf(), epsilon: 0.1 };
const adversary = (on: Adversary['on'], more: Partial<Adversary> = {}): Adversary => ({
  attack: climb({ steps: 2, randomStart: false }),
  threat,
  on,
  ...more,
});
const second: Objective = {
  name: 'second',
  terms: ['second'],
  evaluate: ({ model, labelled }) => ({ second: tf.mean(model.logits(labelled.inputs, { mode: 'training' })) as Scalar }),
};

describe('createStep', () => {
  leavesNoTensors();

  it('shares one clean pass among all that ask for the same input in the same mode', () => {
    const { model, passes } = watched();
    within(({ context, onTape, meter }) => {
      const both = sum(cleanLoss(), second);
      onTape(() => both.evaluate(context, []));
      expect(passes).toEqual(['2 training']);
      expect(meter).toEqual({ forwards: 2, backwards: 2 });
      context.model.logits(context.labelled.inputs);
      context.model.logits(context.labelled.inputs);
      context.model.logits(tf.clone(context.labelled.inputs));
      expect(passes.slice(1)).toEqual(['2 inference', '2 inference']);
      expect(meter).toEqual({ forwards: 6, backwards: 2 });
    }, model);
  });

  it('does not take what was computed off the tape for what is on it, nor share a pass that has noise of its own', () => {
    const { model, passes } = watched();
    within(({ context, onTape }) => {
      const { inputs } = context.labelled;
      context.model.logits(inputs);
      onTape(() => context.model.logits(inputs));
      onTape(() => context.model.logits(inputs));
      expect(passes.length).toBe(3);
      context.model.logits(inputs);
      expect(passes.length).toBe(3);
      context.model.logits(inputs, { noise: context.noise.stream('again') });
      expect(passes.length).toBe(4);
    }, model);
  });

  it('has the gradient of the weights on its tape, memo or not', () => {
    tf.tidy(() => {
      const weight = tf.variable(tf.scalar(2), true, 'step-test-weight');
      const model = binaryModel('slope', [1], (x) => tf.mul(tf.reshape(x, [-1]), weight) as Tensor1D);
      within(({ context, onTape }) => {
        context.model.logits(context.labelled.inputs, { mode: 'training' });
        const { grads } = tf.variableGrads(() => onTape(() => second.evaluate(context, undefined)).second as Scalar, [weight]);
        // mean of (0, w x) over x = 0.8 and 0.4: its slope is (0.8 + 0.4) / 4.
        expectClose(grads['step-test-weight']!.dataSync(), [0.3]);
      }, model);
      weight.dispose();
    });
  });

  it('attacks once for an adversary, and again for another of the same making', () => {
    const { model, passes } = watched();
    within(({ context, meter, onTape }) => {
      const shared = adversary('labelled');
      const first = context.adversarial(shared);
      expect(context.adversarial(shared)).toBe(first);
      expect(passes.length).toBe(2);
      expect(meter).toEqual({ forwards: 4, backwards: 4 });
      context.adversarial(adversary('labelled'));
      expect(passes.length).toBe(4);
      // What was attacked in prepare may be read on the tape.
      expect(onTape(() => context.adversarial(shared))).toBe(first);
    }, model);
  });

  it('attacks away from the labels, or from the prediction where there are none', () => {
    within(
      ({ context }) => {
        const read = (on: Adversary['on']): number[] => Array.from((context.adversarial(adversary(on)) as Tensor).dataSync());
        expectClose(read('labelled'), [0.7, 0.5], 1e-6);
        expectClose(read('unlabelled'), [0.8, 0.6, 0.3], 1e-6);
        expectClose(read('all'), [0.7, 0.5, 0.8, 0.6, 0.3], 1e-6);
      },
      watched().model,
      { unlabelled: true },
    );
    within(({ context }) => {
      expect(context.adversarial(adversary('all')).shape).toEqual([2, 1]);
      expect(() => context.adversarial(adversary('unlabelled'))).toThrow(
        'adversarial: expected `unlabelled` to be a batch, got undefined. This adversary attacks unlabelled examples.',
      );
    }, watched().model);
  });

  it('attacks in the mode of the adversary, with the noise of the examples that are attacked', () => {
    const { model, passes, ids } = watched();
    within(({ context }) => context.adversarial(adversary('all', { mode: 'batch-statistics' })), model, { unlabelled: true });
    expect(new Set(passes)).toEqual(new Set(['5 batch-statistics']));
    expect(ids[0]).toEqual([5, 6, 7, 8, 9]);
  });

  it('gives the layers the noise of the examples that pass through them', () => {
    const { model, ids } = watched();
    within(
      ({ context }) => {
        const { labelled, unlabelled } = context;
        for (const inputs of [labelled.inputs, unlabelled!.inputs, tf.add(unlabelled!.inputs, 0.1)]) context.model.logits(inputs);
        context.model.logits(tf.concat([labelled.inputs, unlabelled!.inputs]));
      },
      model,
      { unlabelled: true },
    );
    expect(ids).toEqual([
      [5, 6],
      [7, 8, 9],
      [7, 8, 9],
      [5, 6, 7, 8, 9],
    ]);
  });

  it('refuses to attack on the tape, and says where to', () => {
    within(({ context, onTape }) => {
      expect(() => onTape(() => context.adversarial(adversary('labelled')))).toThrow(
        'adversarial: expected `call` to be made in `prepare`, got "a call in `evaluate`". An attack must not run on the tape.',
      );
      // The phase ends with the error: off the tape it runs again.
      expect(context.adversarial(adversary('labelled')).shape).toEqual([2, 1]);
    }, watched().model);
  });

  it('counts on the meter it is given, and shows the model whole', () => {
    tf.tidy(() => {
      const meter = createMeter();
      const weights = { w: tf.variable(tf.scalar(1), true, 'step-test-whole') };
      const model = { ...linearModel([1], 0), weights, buffers: {} };
      const labelled = { ids: Int32Array.from([0]), inputs: column(0.5), labels: classes(1) };
      const { context } = createStep({ model, labelled, noise, progress: 0, meter });
      context.model.logits(labelled.inputs);
      expect(meter.forwards).toBe(1);
      expect(context.model).toMatchObject({ name: 'linear', classes: 2, bounds: [0, 1], inputShape: [1], weights });
      weights.w.dispose();
    });
  });
});
