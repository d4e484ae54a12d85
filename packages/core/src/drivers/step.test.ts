import { binaryModel, linearModel } from '@groundstate/testing';
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { classes, climb, column } from '../../tests/problems';
import { expectClose, leavesNoTensors } from '../../tests/tensors';
import type { Mode, Model } from '../contract/model';
import type { Noise } from '../contract/noise';
import type { Adversary, Objective } from '../contract/objective';
import { kl } from '../losses/kl';
import { createNoise } from '../noise/create-noise';
import { linf } from '../norms/linf';
import { cleanLoss } from '../objectives/clean-loss';
import { sum } from '../objectives/sum';
import '../substrate/register-gradients';
import { secondOrderObstacle } from '../substrate/second-order-check';
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

  it('gives an adversary the clean pass that was made in its mode, and no other', () => {
    const { model, passes } = watched();
    const cautious = (mode: Mode): Adversary => adversary('labelled', { attack: climb({ steps: 1, loss: kl() }), mode });
    within(({ context, meter }) => {
      context.model.logits(context.labelled.inputs, { mode: 'batch-statistics' });
      context.adversarial(cautious('batch-statistics'));
      expect(passes).toEqual(['2 batch-statistics', '2 batch-statistics']);
      context.adversarial(cautious('inference'));
      expect(passes.slice(2)).toEqual(['2 inference', '2 inference']);
      expect(meter).toEqual({ forwards: 8, backwards: 4 });
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

  it('gives the layers the noise of the examples that pass through them, two sets of one size told apart', () => {
    const drawn: number[][] = [];
    const base = linearModel([1], -0.5);
    const model: Model = {
      ...base,
      logits: (inputs, options) => {
        drawn.push(Array.from(options!.noise!.uniform([]).dataSync()));
        return base.logits(inputs);
      },
    };
    tf.tidy(() => {
      const ids = Int32Array.from([5, 6]);
      const labelled = { ids, inputs: column(0.8, 0.4), labels: classes(1, 0) };
      const { context } = createStep({ model, labelled, unlabelled: { ids, inputs: column(0.9, 0.7) }, noise, progress: 0 });
      const { unlabelled, all } = context;
      context.model.logits(labelled.inputs);
      context.model.logits(unlabelled!.inputs);
      context.model.logits(all().inputs);
      context.model.logits(tf.add(unlabelled!.inputs, 0.1), { noise: unlabelled!.noise });
      const [first, second, both, moved] = drawn;
      expect(first).not.toEqual(second);
      expect(both).toEqual([...first!, ...second!]);
      expect(moved).toEqual(second);
      expect(all()).toBe(all());
      const attacked = context.adversarial(adversary('unlabelled'));
      drawn.length = 0;
      context.model.logits(attacked, { mode: 'training' });
      expect(drawn).toEqual([second]);
    });
  });

  it('keeps the masks of a step while an adversary attacks', () => {
    const { model, ids } = watched();
    const draws = new Set<string>();
    const drawing: Model = {
      ...model,
      logits: (inputs, options) => {
        draws.add(String(options!.noise!.uniform([]).dataSync()));
        return model.logits(inputs, options);
      },
    };
    within(({ context }) => {
      context.model.logits(context.labelled.inputs, { mode: 'training' });
      context.adversarial(adversary('labelled', { mode: 'training' }));
    }, drawing);
    expect(ids.length).toBe(3);
    expect(draws.size).toBe(1);
  });

  it('asks for the noise of inputs that it does not know, once a layer draws', () => {
    const model: Model = { ...linearModel([1], 0), logits: (_, options) => options!.noise!.normal([2]) as tf.Tensor2D };
    within(
      ({ context }) => {
        expect(() => context.model.logits(tf.clone(context.labelled.inputs))).toThrow(
          'step: expected `noise` to be given with inputs that an objective made, got "none for inputs of shape [2,1]". Pass { noise: context.labelled.noise }',
        );
      },
      model,
      { unlabelled: true },
    );
    // With labelled examples alone, as many rows are theirs.
    within(({ context }) => expect(context.model.logits(tf.clone(context.labelled.inputs)).shape).toEqual([2, 2]), model);
  });

  it('attacks with the share of epsilon that the warm-up gives for the progress', () => {
    const { model } = watched();
    within(({ context }) => {
      const warming = adversary('labelled', {
        attack: climb({ steps: 1, step: 1, randomStart: false }),
        warmUp: (progress) => progress / 2,
      });
      // Half of the training is done: a quarter of epsilon. Class 1 falls to the left, class 0 to the right.
      expectClose(context.adversarial(warming).dataSync(), [0.8 - 0.025, 0.4 + 0.025]);
    }, model);
  });

  it('draws anew for a second adversary of the same attack', () => {
    const random = (): Adversary => adversary('labelled', { attack: climb({ steps: 1 }) });
    const flat = binaryModel('flat', [1], (x) => tf.mul(tf.reshape(x, [-1]), 0) as Tensor1D);
    within(({ context }) => {
      const [one, other] = [random(), random()].map((each) => Array.from(context.adversarial(each).dataSync()));
      expect(one).not.toEqual(other);
    }, flat);
  });

  it('gives the gradient of a loss for inputs, counted as one evaluation, and not on the tape', () => {
    const { model, passes } = watched();
    within(({ context, meter, onTape }) => {
      // The lead is x - 0.5: its slope is 1.
      const leads = (logits: tf.Tensor2D): Tensor1D => tf.sum(tf.mul(logits, tf.tensor1d([0, 3])), 1) as Tensor1D;
      const { loss, gradient, logits } = context.inputGradient(context.labelled.inputs, leads, { mode: 'training' });
      expectClose(gradient.dataSync(), [3, 3]);
      expectClose(loss.dataSync(), [0.9, -0.3]);
      expectClose(logits.dataSync(), [0, 0.3, 0, -0.1]);
      expect(passes).toEqual(['2 training']);
      expect(meter).toEqual({ forwards: 2, backwards: 2 });
      expect(() => onTape(() => context.inputGradient(context.labelled.inputs, leads))).toThrow('Constants are computed off the tape.');
    }, model);
  });

  it('gives a gradient on the tape that can be differentiated again, counted as two evaluations', () => {
    tf.tidy(() => {
      const weight = tf.variable(tf.scalar(2), true, 'step-test-twice');
      const model = binaryModel('bend', [1], (x) => tf.mul(tf.square(tf.reshape(x, [-1])), weight) as Tensor1D);
      within(({ context, meter, onTape }) => {
        const leads = (logits: tf.Tensor2D): Tensor1D => tf.sum(tf.mul(logits, tf.tensor1d([0, 1])), 1) as Tensor1D;
        const slope = (): Scalar => onTape(() => tf.sum(context.tapedGradient(context.labelled.inputs, leads))) as Scalar;
        const { value, grads } = tf.variableGrads(slope, [weight]);
        // The lead is w x^2 and its slope 2 w x, at x = 0.8 and 0.4; for w that is 2 x.
        expectClose(value.dataSync(), [4.8]);
        expectClose(grads['step-test-twice']!.dataSync(), [2.4]);
        expect(meter.backwards).toBe(2 * 2);
        expect(() => context.tapedGradient(context.labelled.inputs, leads)).toThrow('Off the tape there is inputGradient.');
      }, model);
      weight.dispose();
    });
  });

  it('evaluates with other inputs in place of the labelled ones, for a descent that moves them', () => {
    within(
      ({ context, contextAt }) => {
        const moved = contextAt(column(0.1, 0.2));
        expectClose(moved.labelled.inputs.dataSync(), [0.1, 0.2]);
        expectClose(moved.all().inputs.dataSync(), [0.1, 0.2, 0.9, 0.7, 0.2]);
        expectClose(context.all().inputs.dataSync(), [0.8, 0.4, 0.9, 0.7, 0.2]);
        expect(moved.labelled.labels).toBe(context.labelled.labels);
      },
      watched().model,
      { unlabelled: true },
    );
  });

  it('joins all examples anew where an earlier join ended with its tape', () => {
    tf.tidy(() => {
      const weight = tf.variable(tf.scalar(2), true, 'step-test-joined');
      const model = binaryModel('slope', [1], (x) => tf.mul(tf.reshape(x, [-1]), weight) as Tensor1D);
      within(
        ({ context, onTape }) => {
          const mean = (): Scalar => onTape(() => tf.mean(context.model.logits(context.all().inputs))) as Scalar;
          // mean of (0, w x) over 0.8, 0.4, 0.9, 0.7, 0.2: 3 / 10 for w. AWP asks twice.
          for (const _ of [1, 2]) expectClose(tf.variableGrads(mean, [weight]).grads['step-test-joined']!.dataSync(), [0.3]);
        },
        model,
        { unlabelled: true },
      );
      weight.dispose();
    });
  });

  it('does not count the passes of the check for second derivatives, which a resumed run makes again', () => {
    const { model, passes } = watched();
    within(({ context, meter }) => {
      expect(secondOrderObstacle(context.model, context.labelled.inputs)).toBeUndefined();
      expect(passes.length).toBeGreaterThan(0);
      expect(meter).toEqual({ forwards: 0, backwards: 0 });
    }, model);
    // A model without weights is asked once, too, though every step puts another one in front of it.
    const before = passes.length;
    within(({ context }) => expect(secondOrderObstacle(context.model, context.labelled.inputs)).toBeUndefined(), model);
    expect(passes.length).toBe(before);
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
