import { ascend, createMeter, createNoise, l2, linear, linf, type Mode, type TrainableModel } from '@groundstate/core';
import { describeAttack, describeObjective, leakedTensors, relativeError, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { fixedAttack } from '../tests/fixed-attack';
import { linearClassifier } from '../tests/linear-classifier';
import { takeStep } from '../tests/take-step';
import { entropyLoss, type VatOptions, vat, vatSettings, virtualAdversarialAttack, virtualAdversarialLoss } from './vat';

const threat = { norm: l2(), epsilon: 0.5 };
describeObjective(() => vat({ threat }).objective, { cost: 3 });
describeObjective(() => vat({ threat, iterations: 3, clip: true }).objective, { cost: 5 });
// The entropy reads the clean pass.
describeObjective(() => vat({ threat, entropy: true }).objective, { cost: 3 });
describeObjective(() => entropyLoss(), { cost: 1 });
// It does not look at labels: of r and -r it may be the one that fools nobody. In the box it stays where it is told to.
describeAttack(() => virtualAdversarialAttack({ iterations: 2, clip: true }), { seeksErrors: false });
describeObjective(() => virtualAdversarialLoss({ attack: fixedAttack((x) => tf.mul(x, 0.9)), threat, on: 'all' }), { cost: 1 });

const n = 6;
const ids = Int32Array.from({ length: n }, (_, i) => i);
const noise = createNoise(4, ids);
const uniform = (seed = 'inputs'): Tensor => noise.stream(seed).uniform([6]);
const labels = (): Tensor1D => tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32');

/** r, the perturbation that `vat` trains against. */
function perturbation(model: TrainableModel, inputs: Tensor, options: Partial<VatOptions> = {}): Tensor {
  return tf.tidy(() => {
    const { attack, threat: ball, mode } = vat({ threat, ...options }).objective.adversaries![0]!;
    const rows = createNoise(
      4,
      Int32Array.from({ length: inputs.shape[0]! }, (_, i) => i),
    );
    return tf.sub(ascend(attack, { model, inputs, goal: { kind: 'change' }, threat: ball, noise: rows, mode: mode! }), inputs);
  });
}

describe('the perturbation of vat', () => {
  it('has the length epsilon, also across the edge of the box', () => {
    const model = smoothModel();
    tf.tidy(() => {
      for (const inputs of [uniform(), tf.zeros([n, 6]), tf.ones([n, 6])]) {
        for (const iterations of [1, 4]) {
          const lengths = l2()
            .size(perturbation(model, inputs, { iterations }))
            .dataSync();
          for (const length of lengths) expect(Math.abs(length / 0.5 - 1)).toBeLessThan(1e-5);
        }
      }
    });
    model.dispose();
  });

  it('stays in the box where it is clipped, and is then no longer than epsilon', () => {
    const model = smoothModel();
    tf.tidy(() => {
      const inputs = tf.round(uniform());
      const r = perturbation(model, inputs, { clip: true });
      for (const value of tf.add(inputs, r).dataSync()) expect(value >= -1e-7 && value <= 1 + 1e-7).toBe(true);
      const free = perturbation(model, inputs);
      for (const gap of l2()
        .size(tf.sub(r, tf.sub(tf.clipByValue(tf.add(inputs, free), 0, 1), inputs)))
        .dataSync()) {
        expect(gap).toBeLessThan(1e-6);
      }
    });
    model.dispose();
  });

  it('is along the weights of a linear model with two classes, however sure that is', () => {
    // p depends on x through s = <w, x> + b alone, so every gradient of the divergence is a multiple of w, and
    // r = +- epsilon w / |w|. At b = 20, 1 - p is 2e-9: nothing is left of p(x') - p(x) itself in float32.
    for (const bias of [0, 5, 20]) {
      const model = linearClassifier(
        [
          [0, 3],
          [0, -4],
        ],
        [0, bias],
      );
      tf.tidy(() => {
        const r = perturbation(model, tf.tensor2d([[0.2, 0.3]])).dataSync();
        const sign = Math.sign(r[0]!);
        expect(Math.abs(sign)).toBe(1);
        expect(r[0]! * sign).toBeCloseTo(0.3, 4);
        expect(r[1]! * sign).toBeCloseTo(-0.4, 4);
      });
      model.dispose();
    }
  });

  it('turns with more iterations to the leading eigenvector of the divergence', () => {
    // For logits W x the divergence is r' H r / 2 to second order, H = W' (diag(p) - p p') W; at x = 0 with no bias p = 1/3 each.
    const kernel = [
      [1, 0.2, -0.4],
      [0.3, -0.9, 0.1],
      [-0.5, 0.4, 0.7],
    ];
    const product = (v: readonly number[]): number[] => {
      const z = [0, 1, 2].map((k) => kernel.reduce((sum, row, i) => sum + row[k]! * v[i]!, 0));
      const mean = (z[0]! + z[1]! + z[2]!) / 3;
      return kernel.map((row) => row.reduce((sum, weight, k) => sum + (weight * (z[k]! - mean)) / 3, 0));
    };
    let leading = [1, 0.5, 0.25];
    for (let i = 0; i < 500; i++) {
      const next = product(leading);
      const length = Math.hypot(...next);
      leading = next.map((value) => value / length);
    }
    const model = linearClassifier(kernel, [0, 0, 0]);
    const cosine = (iterations: number): number =>
      tf.tidy(() => {
        const r = perturbation(model, tf.zeros([1, 3]), { iterations }).dataSync();
        return Math.abs(leading.reduce((sum, value, i) => sum + value * r[i]!, 0)) / 0.5;
      });
    expect(cosine(60)).toBeGreaterThan(0.999);
    expect(cosine(60)).toBeGreaterThan(cosine(1));
    model.dispose();
  });

  it('is zero where the prediction cannot change', () => {
    const model = linearClassifier([[0, 0]], [1, 2]);
    tf.tidy(() => {
      expect([...perturbation(model, tf.tensor2d([[0.5]])).dataSync()]).toEqual([0]);
      const { terms } = takeStep(vat({ threat }).objective, { model, inputs: tf.tensor2d([[0.5]]), labels: tf.tensor1d([0], 'int32') });
      expect(terms.virtualAdversarialLoss).toBe(0);
    });
    model.dispose();
  });

  it('can be had from the attack alone, for one gradient evaluation an iteration', () => {
    const model = smoothModel();
    tf.tidy(() => {
      const inputs = uniform();
      for (const options of [{}, { iterations: 3, xi: 0.1, clip: true }]) {
        const meter = createMeter();
        const given = { model, inputs, goal: { kind: 'change' }, threat, noise, mode: 'batch-statistics', meter } as const;
        const r = tf.sub(ascend(virtualAdversarialAttack(options), given), inputs);
        expect([...r.dataSync()]).toEqual([...perturbation(model, inputs, options).dataSync()]);
        expect(meter.backwards).toBe(n * (options.iterations ?? 1));
      }
    });
    model.dispose();
    expect(() => virtualAdversarialAttack({ xi: 0 })).toThrow(
      'virtualAdversarialAttack: expected `xi` to be a finite number above 0, got 0.',
    );
    expect(() => virtualAdversarialAttack({ steps: 2 } as never)).toThrow(
      "virtualAdversarialAttack: expected `option` to be one of 'xi', 'iterations', 'clip', got \"steps\".",
    );
  });

  it('leaves no tensor behind', async () => {
    const [model, inputs] = [smoothModel(), uniform()];
    expect(await leakedTensors(() => perturbation(model, inputs, { iterations: 2, clip: true }))).toBe(0);
    inputs.dispose();
    model.dispose();
  });
});

/** A model with a buffer that notes the mode of every pass, and counts those that would move its averages. */
function observed(buffers: TrainableModel['buffers']): { model: TrainableModel & { dispose(): void }; modes: Mode[] } {
  const inner = smoothModel();
  const modes: Mode[] = [];
  const logits: TrainableModel['logits'] = (inputs, options = {}) => {
    modes.push(options.mode ?? 'inference');
    return inner.logits(inputs, options);
  };
  return { model: { ...inner, buffers, logits }, modes };
}

describe('vat with unlabelled examples', () => {
  it('smooths both sets together: its terms are those of one labelled batch of them', () => {
    const model = smoothModel();
    tf.tidy(() => {
      const [inputs, unlabelled] = [uniform(), uniform('others')];
      const attack = fixedAttack((x) => tf.mul(x, 0.9));
      const objective = virtualAdversarialLoss({ attack, threat, on: 'all' });
      const split = takeStep(objective, { model, inputs, labels: labels(), unlabelled });
      const whole = takeStep(objective, {
        model,
        inputs: tf.concat([inputs, unlabelled]),
        labels: tf.concat([labels(), labels()]) as Tensor1D,
      });
      expect(split.terms.virtualAdversarialLoss).toBeCloseTo(whole.terms.virtualAdversarialLoss!, 6);
      for (const [name, gradient] of Object.entries(split.gradients))
        expect(relativeError(gradient, whole.gradients[name]!)).toBeLessThan(1e-5);
    });
    model.dispose();
  });

  it.each([
    { options: {}, perLabelled: 3, perUnlabelled: 2 },
    { options: { iterations: 3 }, perLabelled: 5, perUnlabelled: 4 },
    // The entropy of the labelled examples is read from the clean pass, unless that is one whose statistics are theirs alone.
    { options: { entropy: true }, perLabelled: 3, perUnlabelled: 3 },
    { options: { entropy: true }, buffers: true, perLabelled: 4, perUnlabelled: 3 },
  ])('costs $perLabelled gradient evaluations a labelled and $perUnlabelled an unlabelled example with $options', (row) => {
    tf.tidy(() => {
      const { model } = observed(row.buffers ? { mean: tf.variable(tf.zeros([1])) } : {});
      const unlabelled = tf.concat([uniform('others'), uniform('more')]);
      const { backwards } = takeStep(vat({ threat, ...row.options }).objective, { model, inputs: uniform(), labels: labels(), unlabelled });
      expect(backwards).toBe(n * row.perLabelled + 2 * n * row.perUnlabelled);
      tf.dispose(Object.values(model.buffers));
      model.dispose();
    });
  });

  it('moves the averages of a batch norm once a step, with the labelled examples', () => {
    tf.tidy(() => {
      const mean = tf.variable(tf.zeros([1]));
      for (const unlabelled of [undefined, uniform('others')]) {
        const { model, modes } = observed({ mean });
        const given = { model, inputs: uniform(), labels: labels(), ...(unlabelled ? { unlabelled } : {}) };
        takeStep(vat({ threat, entropy: true }).objective, given);
        expect(modes.filter((mode) => mode === 'training')).toHaveLength(1);
        expect(modes.filter((mode) => mode === 'inference')).toEqual([]);
        model.dispose();
      }
      mean.dispose();
    });
  });
});

describe('vat', () => {
  it('weighs the divergence, also by a schedule', () => {
    const model = smoothModel();
    tf.tidy(() => {
      const given = { model, inputs: uniform(), labels: labels(), progress: 0.5 };
      const term = (weight: VatOptions['weight'] & {}): number =>
        takeStep(vat({ threat, weight }).objective, given).terms.virtualAdversarialLoss!;
      const whole = term(1);
      expect(whole).toBeGreaterThan(0);
      expect(term(0.3) / whole).toBeCloseTo(0.3, 5);
      expect(term(linear(0, 1)) / whole).toBeCloseTo(0.5, 5);
    });
    model.dispose();
  });

  it('the entropy is that of the predictions: log 3 for a model that knows nothing, 0 for one that is sure', () => {
    for (const [bias, wanted] of [
      [[1, 1, 1], Math.log(3)],
      [[0, 2000, 0], 0],
    ] as const) {
      const model = linearClassifier([[0, 0, 0]], bias);
      tf.tidy(() => {
        const { terms } = takeStep(entropyLoss(), { model, inputs: tf.tensor2d([[0.5]]), labels: tf.tensor1d([0], 'int32') });
        expect(terms.entropy).toBeCloseTo(wanted, 6);
      });
      model.dispose();
    }
  });

  it('can be had with the settings of the authors, and is called after what it adds', () => {
    for (const { norm, epsilon, iterations, weight } of Object.values(vatSettings)) {
      expect(norm).toBe('l2');
      const [adversary] = vat({ threat: { norm: l2(), epsilon }, iterations, weight }).objective.adversaries!;
      expect([adversary!.threat.epsilon, adversary!.attack.steps, adversary!.on]).toEqual([epsilon, 1, 'all']);
    }
    expect([vat({ threat }).name, vat({ threat, entropy: true }).name]).toEqual(['vat', 'vat-entmin']);
  });

  it('says what is wrong with its options', () => {
    expect(() => vat({ threat, epsilon: 1 } as never)).toThrow(/^vat: expected `option` to be one of 'threat', .*, got "epsilon"\.$/);
    expect(() => vat({ threat: { norm: linf(), epsilon: 1 } })).toThrow(
      'vat: expected `threat.norm` to be one that it is defined for (l2), got "linf".',
    );
    expect(() => vat({ threat, xi: 0 })).toThrow('vat: expected `xi` to be a finite number above 0, got 0.');
    expect(() => vat({ threat, iterations: 0 })).toThrow('vat: expected `iterations` to be an integer of at least 1, got 0.');
    expect(() => vat({ threat, weight: -1 })).toThrow('vat: expected `weight` to be a finite number of at least 0, got -1.');
    expect(() => virtualAdversarialLoss({ attack: fixedAttack((x) => x), threat, on: 'labelled' })).toThrow(
      'virtualAdversarialLoss: expected `adversary.on` to be \'all\', got "labelled". Without unlabelled examples these are the labelled ones.',
    );
  });
});
