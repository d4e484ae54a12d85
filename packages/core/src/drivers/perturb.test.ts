import { binaryModel, linearModel, unfoolableModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { card, classes, climb, column, shift } from '../../tests/problems';
import { expectClose, leavesNoTensors } from '../../tests/tensors';
import type { Attack, Goal } from '../contract/attack';
import type { Model } from '../contract/model';
import { linf } from '../norms/linf';
import '../substrate/register-gradients';
import { defineAttack } from './define-attack';
import { type PerturbRequest, perturb } from './perturb';
import type { PerturbOptions, PerturbProgress } from './perturb-options';

/** Class 1 where x > 0.5. */
const threshold = (): Model => linearModel([1], -0.5);

type Seen = Readonly<Record<'adversarial' | 'success' | 'distance' | 'forwards' | 'backwards' | 'by', number[]>>;

/** The verdict on inputs of shape [1], label 1 unless said, budget 0.2 unless said; read and freed. */
async function judge(
  attack: Attack,
  inputs: number[],
  changes: {
    readonly model?: Model;
    readonly labels?: number[];
    readonly epsilon?: number;
    readonly goal?: Goal;
    readonly ids?: Int32Array;
  } = {},
  options?: PerturbOptions,
): Promise<Seen> {
  const { model = threshold(), labels = inputs.map(() => 1), epsilon = 0.2, ids } = changes;
  const [x, chosen] = [column(...inputs), classes(...labels)];
  const goal = changes.goal ?? ({ kind: 'misclassify', labels: chosen } as const);
  try {
    const request: PerturbRequest = { model, inputs: x, goal, threat: { norm: linf(), epsilon }, seed: 1, ...(ids ? { ids } : {}) };
    const verdict = await perturb(attack, request, options);
    const read = (tensor: Tensor): number[] => Array.from(tensor.dataSync());
    const { adversarial, success, distance, logits, forwards, backwards, by } = verdict;
    const seen = { adversarial: read(adversarial), success: read(success), distance: read(distance) };
    tf.dispose([adversarial, success, distance, logits]);
    return { ...seen, forwards: [...forwards], backwards: [...backwards], by: [...by] };
  } finally {
    tf.dispose([x, chosen]);
  }
}

const rounded = (values: readonly number[]): number[] => values.map((value) => Math.round(value * 1e4) / 1e4);

describe('perturb', () => {
  leavesNoTensors();

  it('takes examples that are misclassified already as successes at distance 0, by nobody, for one forward pass', async () => {
    const seen = await judge(climb({ steps: 3 }), [0.3, 0.9, 0.1]);
    expect(seen.success).toEqual([1, 0, 1]);
    expect(seen.distance).toEqual([0, 0, 0]);
    expectClose(seen.adversarial, [0.3, 0.9, 0.1], 1e-7);
    expect(seen.by).toEqual([-1, -1, -1]);
    expect([seen.forwards[0], seen.forwards[2]]).toEqual([1, 1]);
    expect([seen.backwards[0], seen.backwards[2]]).toEqual([0, 0]);
  });

  it('drops rows as they are fooled, and charges each for its own passes', async () => {
    // Steps of 0.05. Row 0 is at 0.47 after one step, seen by the second; row 1 is at 0.45 after all nine, seen at the end; row 2
    // resists. Forwards: clean, one a step, one at the end for rows that stood till then, and one for the judge of a finding.
    const attack = climb({ steps: 9, step: 0.05, randomStart: false });
    const seen = await judge(attack, [0.52, 0.91, 0.97], { epsilon: 0.45 });
    expect(seen.success).toEqual([1, 1, 0]);
    expect(rounded(seen.adversarial)).toEqual([0.47, 0.46, 0.97]);
    expect(rounded(seen.distance)).toEqual([0.05, 0.45, 0]);
    expect(seen.forwards).toEqual([1 + 2 + 1, 1 + 9 + 1 + 1, 1 + 9 + 1]);
    expect(seen.backwards).toEqual([2, 9, 9]);
    expect(seen.by).toEqual([0, 0, -1]);
  });

  it('goes on towards a higher margin when it is told to continue', async () => {
    const attack = climb({ steps: 5, step: 0.05, randomStart: false });
    const stopped = await judge(attack, [0.52], {});
    const continued = await judge(attack, [0.52], {}, { onFooled: 'continue' });
    expect(rounded(stopped.adversarial)).toEqual([0.47]);
    expect(rounded(continued.adversarial)).toEqual([0.32]);
    expect(continued.forwards).toEqual([1 + 5 + 1 + 1]);
  });

  it.each([
    ['out of the ball', (x: Tensor) => tf.sub(x, 0.5)],
    ['out of the box', (x: Tensor) => tf.sub(x, 0.19)],
    ['that is not a number', (x: Tensor) => tf.mul(x, Number.NaN)],
    ['infinitely far', (x: Tensor) => tf.sub(x, Number.POSITIVE_INFINITY)],
  ])('counts no proposal %s, and hands back the clean input', async (_, move) => {
    const init = ({ inputs }: { readonly inputs: Tensor }): { rows: { adversarial: Tensor } } => ({ rows: { adversarial: move(inputs) } });
    const attack = defineAttack({ card, steps: 0, init, step: (state) => state });
    const seen = await judge(attack, [0.125], { model: linearModel([1], -0.0625) });
    expect(seen).toMatchObject({ success: [0], distance: [0], adversarial: [0.125], by: [-1] });
  });

  it('believes its own fresh pass, not what the attack was shown', async () => {
    // Fooled on the second pass only, which is the attack's; the third is the judge's.
    let passes = 0;
    const fickle = binaryModel('fickle', [1], (x) => tf.fill([x.shape[0]!], ++passes === 2 ? -1 : 1) as Tensor1D);
    const seen = await judge(shift(-0.1), [0.75], { model: fickle });
    expect(seen).toMatchObject({ success: [0], distance: [0], adversarial: [0.75], by: [-1], forwards: [3] });
  });

  it('never counts logits that are not numbers', async () => {
    const holed = binaryModel('holed', [1], (x) => {
      const first = tf.reshape(x, [-1]);
      return tf.where(tf.less(first, 0.5), tf.mul(tf.onesLike(first), Number.NaN), tf.onesLike(first)) as Tensor1D;
    });
    expect(await judge(shift(-0.2), [0.6, 0.3], { model: holed })).toMatchObject({ success: [0, 0], distance: [0, 0] });
  });

  it('treats a slope that is not finite as flat, so that the other coordinates still move', async () => {
    // The slope of 0 sqrt(x_0) at 0 is 0 / 0.
    const model = binaryModel('cusp', [2], (x) => {
      const [first, second] = tf.split(x, 2, 1) as [Tensor, Tensor];
      return tf.reshape(tf.add(tf.sub(second, 0.5), tf.mul(0, tf.sqrt(first))), [-1]) as Tensor1D;
    });
    const inputs = tf.tensor2d([[0, 0.6]]);
    const goal = { kind: 'misclassify', labels: classes(1) } as const;
    const attack = climb({ steps: 4, randomStart: false });
    const { adversarial, success, distance, logits } = await perturb(attack, {
      model,
      inputs,
      goal,
      threat: { norm: linf(), epsilon: 0.2 },
      seed: 1,
    });
    expect(success.dataSync()[0]).toBe(1);
    expect(adversarial.dataSync()[0]).toBe(0);
    tf.dispose([adversarial, success, distance, logits, inputs, goal.labels]);
  });

  it('holds a minimum-norm attack to epsilon: what is larger fails, it is not squeezed in', async () => {
    const attack = shift(-0.3, { budget: 'minimum' });
    expect(await judge(attack, [0.6], { epsilon: 0.2 })).toMatchObject({ success: [0], distance: [0], by: [-1] });
    const seen = await judge(attack, [0.6], { epsilon: 0.35 });
    expect(seen.success).toEqual([1]);
    expect(rounded([...seen.adversarial, ...seen.distance])).toEqual([0.3, 0.3]);
  });

  it('keeps the smallest perturbation that a minimum-norm attack showed, in any order', async () => {
    const deltas = [-0.15, -0.12, -0.18, 0.1];
    const attack = defineAttack({
      card: { ...card, budget: 'minimum' },
      steps: deltas.length,
      init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
      step: (state, { inputs, oracle }, { index }) => {
        oracle.logits(tf.add(inputs, deltas[index]!));
        return state;
      },
    });
    expect(rounded((await judge(attack, [0.6])).distance)).toEqual([0.12]);
  });

  it('drops the rows that the attack says are done', async () => {
    // Rows above 0.8 are done after one step of four.
    const attack = defineAttack({
      card,
      steps: 4,
      init: ({ inputs }) => ({ rows: { adversarial: inputs, done: tf.zeros([inputs.shape[0]!]) as Tensor1D } }),
      step: ({ rows: { adversarial } }, { oracle }) => {
        oracle.logits(adversarial);
        return { rows: { adversarial, done: tf.cast(tf.reshape(tf.greater(adversarial, 0.8), [-1]), 'float32') as Tensor1D } };
      },
    });
    expect((await judge(attack, [0.7, 0.9, 0.6])).forwards).toEqual([1 + 4 + 1, 1 + 1, 1 + 4 + 1]);
  });

  it('reads what the attack asks for, hands it over with the next turn, and frees it', async () => {
    const answers: (readonly number[])[] = [];
    const attack = defineAttack({
      card,
      steps: 2,
      init: ({ inputs }) => ({ rows: { adversarial: inputs } }),
      step: ({ rows: { adversarial } }, _, { answer }) => {
        answers.push(rounded([...answer!]));
        return { rows: { adversarial: tf.add(adversarial, 0.05) } };
      },
      ask: ({ rows: { adversarial } }) => (answers.length === 0 ? tf.mul(adversarial, 2) : adversarial),
    });
    await judge(attack, [0.6, 0.7]);
    expect(answers).toEqual([
      [1.2, 1.4],
      [0.65, 0.75],
    ]);
  });

  it('tells where it stands before every step', async () => {
    const events: PerturbProgress[] = [];
    const attack = climb({ steps: 4, step: 0.05, randomStart: false });
    await judge(attack, [0.52, 0.3, 0.97], {}, { onProgress: (event) => events.push(event) });
    const at = (step: number, active: number): PerturbProgress => ({ attack: 'probe', step, steps: 4, active, examples: 3 });
    expect(events).toEqual([at(0, 2), at(1, 2), at(2, 1), at(3, 1)]);
  });

  it('stops half-way when it is told to, and says so', async () => {
    const controller = new AbortController();
    const onProgress = ({ step }: PerturbProgress): void => (step === 2 ? controller.abort('enough') : undefined);
    const running = judge(climb({ steps: 9 }), [0.9, 0.3], {}, { signal: controller.signal, onProgress });
    await expect(running).rejects.toMatchObject({
      code: 'aborted',
      message: 'perturb: stopped by the signal it was given.',
      cause: 'enough',
    });
  });

  it('frees everything where the attack or the model throws', async () => {
    const fail = (): never => {
      tf.zeros([2]);
      throw new Error('broken');
    };
    const init = ({ inputs }: { readonly inputs: Tensor }): { rows: { adversarial: Tensor } } => ({
      rows: { adversarial: tf.add(inputs, 0.1) },
    });
    await expect(judge(defineAttack({ card, steps: 2, init: fail, step: fail }), [0.9])).rejects.toThrow('broken');
    await expect(judge(defineAttack({ card, steps: 2, init, step: fail }), [0.9])).rejects.toThrow('broken');
    await expect(judge(climb({ loss: fail }), [0.9])).rejects.toThrow('broken');
    await expect(judge(climb(), [0.9], { model: { ...threshold(), logits: fail } })).rejects.toThrow('broken');
  });

  it('gives the attack inputs inside the box where they were off it by rounding', async () => {
    const seen = await judge(climb({ steps: 2 }), [1 + 5e-6], { model: unfoolableModel([1]) });
    expect(seen.adversarial).toEqual([1]);
  });

  it.each<[string, () => Promise<Seen>]>([
    [
      'perturb: expected `inputs` to be finite numbers, got "NaN or infinity". Look at how the data was read and scaled.',
      () => judge(climb(), [Number.NaN, 0.5]),
    ],
    [
      "perturb: expected `inputs` to be within the model's bounds [0, 1], got [0, 255]. Bounds and normalisation belong to the model: pass raw inputs.",
      () => judge(climb(), [0, 255]),
    ],
    [
      'perturb: expected `inputs` to be of shape [n, 3], got a float32 tensor of shape [1,1].',
      () => judge(climb(), [0.5], { model: unfoolableModel([3]) }),
    ],
    ['perturb: expected `inputs` to be at least one example, got a float32 tensor of shape [0,1].', () => judge(climb(), [])],
    ['perturb: expected `goal.labels` to be classes 0 .. 1, got [1, 2].', () => judge(climb(), [0.5, 0.5], { labels: [1, 2] })],
    [
      'perturb: expected `goal.labels` to be of shape [2], one for each input, got a int32 tensor of shape [1].',
      () => judge(climb(), [0.5, 0.5], { labels: [1] }),
    ],
    [
      'perturb: expected `ids` to be 2 ids, one for each input, got "1 ids".',
      () => judge(climb(), [0.5, 0.5], { ids: Int32Array.from([4]) }),
    ],
    [
      'perturb: expected `threat.epsilon` to be a finite number of at least 0, got Infinity.',
      () => judge(climb(), [0.5], { epsilon: Number.POSITIVE_INFINITY }),
    ],
  ])('%s', async (message, run) => {
    await expect(run()).rejects.toMatchObject({ code: 'invalid-argument', message });
  });

  it('takes a budget without an end only where the smallest perturbation is looked for', async () => {
    const { success, distance } = await judge(shift(-0.4, { budget: 'minimum' }), [0.75], { epsilon: Number.POSITIVE_INFINITY });
    expect([...success, ...distance]).toEqual([1, Math.fround(0.75) - Math.fround(0.35)].map(Math.fround));
    const given = judge(shift(-0.4), [0.75], { epsilon: Number.POSITIVE_INFINITY });
    await expect(given).rejects.toThrow('perturb: expected `threat.epsilon` to be a finite number of at least 0, got Infinity.');
  });
});
