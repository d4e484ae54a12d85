import { leakedTensors, linearModel, unfoolableModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { card, classes, climb } from '../../tests/problems';
import { expectClose, leavesNoTensors, valuesOf } from '../../tests/tensors';
import type { AdversarialLoss, AttackState, StepAttack } from '../contract/attack';
import type { Mode, Model } from '../contract/model';
import type { Norm } from '../contract/norm';
import { crossEntropy, crossEntropyOf } from '../losses/cross-entropy';
import { kl } from '../losses/kl';
import { margin } from '../losses/margin';
import { createNoise } from '../noise/create-noise';
import { l1 } from '../norms/l1';
import { l2 } from '../norms/l2';
import { linf } from '../norms/linf';
import '../substrate/register-gradients';
import { type AscendProblem, ascend } from './ascend';
import { defineAttack } from './define-attack';
import { createMeter } from './meter';
import { restarts } from './sequence';

const n = 3;
const noise = createNoise(
  1,
  Int32Array.from({ length: n }, (_, i) => i),
);
const epsilon = 0.1;

/** The attack on three inputs around 0.5, and whatever `read` computes of its result. */
function run(
  attack: StepAttack,
  changes: Partial<AscendProblem> = {},
  read = (x: tf.Tensor, _inputs: tf.Tensor): tf.Tensor => x,
): number[] {
  const inputs = tf.tidy(() => noise.stream('inputs').uniform([4], [0.4, 0.6]));
  const labels = tf.ones([n], 'int32') as Tensor1D;
  try {
    return valuesOf(() => {
      const goal = { kind: 'misclassify', labels } as const;
      const adversarial = ascend(attack, { model: unfoolableModel(), inputs, goal, threat: { norm: linf(), epsilon }, noise, ...changes });
      return read(adversarial, inputs);
    });
  } finally {
    tf.dispose([inputs, labels]);
  }
}

/** The unfoolable model that notes the mode of every pass, and its rows. */
function watched(): { readonly model: Model; readonly modes: (Mode | undefined)[]; readonly passes: number[] } {
  const modes: (Mode | undefined)[] = [];
  const passes: number[] = [];
  const base = unfoolableModel();
  const logits: Model['logits'] = (inputs, options) => {
    modes.push(options?.mode);
    passes.push(inputs.shape[0]!);
    return base.logits(inputs);
  };
  return { model: { ...base, logits }, modes, passes };
}

const norms: readonly (readonly [string, Norm])[] = [
  ['linf', linf()],
  ['l2', l2()],
  ['l1', l1()],
];

describe('ascend', () => {
  leavesNoTensors();

  it.each(norms)('ends at distance epsilon under %s on a model that nothing can fool, never at the clean input', (_, norm) => {
    for (const randomStart of [true, false]) {
      const sizes = run(climb({ steps: 7, randomStart }), { threat: { norm, epsilon } }, (x, inputs) => norm.size(tf.sub(x, inputs)));
      expectClose(sizes, new Array(n).fill(epsilon), 1e-6);
    }
  });

  it.each(norms)('reaches the worst point of the %s ball: the lead falls by epsilon times the dual norm of the weights', (_, norm) => {
    const labels = tf.ones([n], 'int32') as Tensor1D;
    const gaps = run(climb({ steps: 7, randomStart: false }), { threat: { norm, epsilon } }, (x, inputs) => {
      const model = unfoolableModel();
      const lead = tf.sub(tf.squeeze(tf.slice(model.logits(inputs), [0, 1], [n, 1])), tf.mul(epsilon, norm.dualSize(weights())));
      return tf.sub(crossEntropyOf(model.logits(x), labels), tf.log(tf.add(1, tf.exp(tf.neg(lead)))));
    });
    expectClose(gaps, [0, 0, 0], 1e-6);
    labels.dispose();
  });

  it('makes one forward and one backward pass an example and step, and one more forward where clean logits are read', () => {
    const { model, passes } = watched();
    const meter = createMeter();
    run(climb({ steps: 5 }), { model, meter });
    expect(meter).toEqual({ forwards: 5 * n, backwards: 5 * n });
    expect(passes).toEqual(new Array(5).fill(n));
    run(climb({ steps: 5, loss: kl() }), { model, meter });
    expect(meter).toEqual({ forwards: 11 * n, backwards: 10 * n });
    expect(passes.length).toBe(11);
  });

  it('makes no pass for clean logits that are known, and leaves them to their owner', () => {
    const { model, passes } = watched();
    const meter = createMeter();
    const known = tf.zeros([n, 2]) as tf.Tensor2D;
    let read: tf.Tensor2D | undefined;
    const loss: AdversarialLoss = (logits, problem) => {
      read = problem.cleanLogits;
      return tf.sum(logits, 1) as Tensor1D;
    };
    run(climb({ steps: 2, loss }), { model, meter, cleanLogits: known });
    expect(read).toBe(known);
    expect(meter).toEqual({ forwards: 2 * n, backwards: 2 * n });
    expect(passes.length).toBe(2);
    expect(known.isDisposed).toBe(false);
    known.dispose();
  });

  it('passes its mode to the model, inference unless said', () => {
    const { model, modes } = watched();
    run(climb({ steps: 1 }), { model });
    run(climb({ steps: 1, loss: kl() }), { model, mode: 'batch-statistics' });
    expect(modes).toEqual(['inference', 'batch-statistics', 'batch-statistics']);
  });

  it('holds the clean logits constant, also where the attack starts at the clean input', () => {
    // The loss rises with the lead, once the clean one is a constant; through both it would fall.
    const loss: AdversarialLoss = (logits, { cleanLogits }) => tf.sum(tf.sub(logits, tf.mul(2, cleanLogits)), 1) as Tensor1D;
    const read = (x: tf.Tensor, inputs: tf.Tensor): tf.Tensor => tf.sign(tf.sub(x, inputs));
    const moved = run(climb({ steps: 1, randomStart: false, loss }), {}, read);
    expect(moved.slice(0, 4)).toEqual([1, -1, 1, -1]);
    // On unlabelled data the prediction, class 1 here, is what the attack moves away from.
    for (const unlabelled of [crossEntropy(), margin()]) {
      const away = run(climb({ steps: 1, randomStart: false, loss: unlabelled }), { goal: { kind: 'change' } }, read);
      expect(away.slice(0, 4)).toEqual([-1, 1, -1, 1]);
    }
  });

  it('leaves no tensor behind where attack, loss or model throws', async () => {
    const broken = (step: () => never): StepAttack =>
      defineAttack({ card, steps: 2, init: ({ inputs }) => ({ rows: { adversarial: tf.add(inputs, 0.01), other: tf.zeros([n]) } }), step });
    const fail = (): never => {
      tf.zeros([2]);
      throw new Error('broken');
    };
    const ranked: AdversarialLoss = (logits) => tf.sum(tf.topk(logits, 1).values, 1) as Tensor1D;
    const cases: readonly [StepAttack, Partial<AscendProblem>, RegExp][] = [
      [broken(fail), {}, /broken/],
      [climb({ steps: 2, loss: fail }), {}, /broken/],
      [climb({ steps: 2 }), { model: { ...unfoolableModel(), logits: fail } }, /broken/],
      // tfjs has no gradient for topk: the backward pass throws after the forward one went well.
      [climb({ steps: 2, loss: ranked }), {}, /gradient/],
    ];
    for (const [attack, changes, words] of cases) {
      const leaked = await leakedTensors(() => {
        expect(() => run(attack, changes)).toThrow(words);
      });
      expect(leaked).toBe(0);
    }
  });

  it('lends the attack its tensors: a state that lets go of them does not free them', () => {
    const attack = defineAttack<AttackState>({
      card,
      steps: 2,
      init: ({ inputs, cleanLogits, goal }) => ({
        rows: { adversarial: tf.add(inputs, 0.01), inputs, cleanLogits, ...(goal.kind === 'misclassify' ? { labels: goal.labels } : {}) },
      }),
      step: ({ rows }, { cleanLogits, goal }) => {
        if (goal.kind === 'misclassify') tf.add(goal.labels, 0);
        return { rows: { adversarial: tf.add(rows.adversarial, tf.mul(0, tf.sum(cleanLogits))) } };
      },
    });
    const moved = run(attack, {}, (x, inputs) => tf.sub(x, inputs));
    expectClose(moved, new Array(4 * n).fill(0.01), 1e-6);
    // An attack of no steps may end with the very tensor it was given, which stays the caller's.
    const still = defineAttack({ card, steps: 0, init: ({ inputs }) => ({ rows: { adversarial: inputs } }), step: (state) => state });
    expectClose(
      run(still, {}, (x, inputs) => tf.sub(x, inputs)),
      new Array(4 * n).fill(0),
      0,
    );
  });

  it('refuses what it cannot run, and says what to do', () => {
    const asking = defineAttack({
      card,
      steps: 1,
      init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
      step: (s) => s,
      ask: () => undefined,
    });
    expect(() => run(asking)).toThrow(
      'ascend: expected `attack` to be one that runs step by step with no questions to the driver, got "probe". Use perturb.',
    );
    expect(() => run(restarts(climb(), 2) as never)).toThrow(/got "probe-x2"\. Use perturb/);
    const narrow: StepAttack = { ...climb(), card: { ...card, norms: ['l2'], goals: ['target'] } };
    expect(() => run(narrow)).toThrow('ascend: expected `threat.norm` to be one that probe is defined for (l2), got "linf".');
    expect(() => run(narrow, { threat: { norm: l2(), epsilon } })).toThrow(
      'expected `goal` to be one that probe knows (target), got "misclassify".',
    );
    expect(() => run(climb(), { threat: { norm: l2(), epsilon: -1 } })).toThrow(
      /`threat\.epsilon` to be a finite number of at least 0, got -1/,
    );
  });

  it('adds up over several calls what it counts, and runs on a target', () => {
    const target = classes(0, 0, 0);
    const model = linearModel([1, 1, 1, 1], -2);
    const moved = run(climb({ steps: 3, randomStart: false }), { model, goal: { kind: 'target', classes: target } }, (x, inputs) =>
      tf.sub(x, inputs),
    );
    expectClose(moved, new Array(4 * n).fill(-epsilon), 1e-6);
    target.dispose();
  });
});

/** The weights of the unfoolable model on four coordinates, as its docstring says. */
function weights(): tf.Tensor {
  return tf.tensor2d([[0.25, -0.125, 0.25, -0.125]]);
}

describe('mistakes that JavaScript lets through', () => {
  const mine = { name: 'mine', norms: ['linf'], budget: 'fixed', access: 'logits', goals: ['misclassify'], paper: '' } as const;
  const problem = (): Omit<AscendProblem, 'noise'> => ({
    model: unfoolableModel([2]),
    inputs: tf.tensor2d([[0.5, 0.5]]),
    goal: { kind: 'misclassify', labels: tf.tensor1d([1], 'int32') },
    threat: { norm: linf(), epsilon: 0.1 },
  });

  it('names the noise where a seed was given instead', () => {
    const still = defineAttack({ card: mine, steps: 0, init: ({ inputs }) => ({ rows: { adversarial: inputs } }), step: (state) => state });
    const given = { ...problem(), noise: 7 } as unknown as AscendProblem;
    expect(() => ascend(still, given)).toThrow(
      'ascend: expected `noise` to be the noise of these examples, got 7. Make it with createNoise(seed, ids).',
    );
  });

  it('names the iterate where the attack calls it something else', () => {
    const misspelt = defineAttack({
      card: mine,
      steps: 0,
      init: ({ inputs }) => ({ rows: { adversary: inputs } }) as never,
      step: (state) => state,
    });
    const given = { ...problem(), noise: createNoise(0, Int32Array.of(0)) };
    expect(() => ascend(misspelt, given)).toThrow('mine: expected `state.rows.adversarial` to be the tensor of iterates, got undefined.');
  });
});
