import {
  type Adversary,
  ascent,
  createNoise,
  createStep,
  defineAttack,
  l2,
  linf,
  type StepAttack,
  type TrainableModel,
} from '@groundstate/core';
import { describeObjective } from '@groundstate/testing';
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { adversarialLoss, adversarialTraining } from './adversarial-training';

const threat = { norm: linf(), epsilon: 0.1 };
function attackOf(steps: number, name = 'pgd', randomStart = true): StepAttack {
  const card = { name, norms: ['linf'], budget: 'fixed', access: 'gradients', goals: ['misclassify'], paper: 'none' } as const;
  return defineAttack({ card, ...ascent({ steps, randomStart }) });
}
const adversaryOf = (steps: number): Adversary => ({ attack: attackOf(steps), threat, on: 'labelled' });

describeObjective(() => adversarialLoss(adversaryOf(1)), { cost: 2 });
describeObjective(() => adversarialLoss(adversaryOf(4)), { cost: 5 });
describeObjective(() => adversarialTraining({ attack: attackOf(2), threat }).objective, { cost: 3 });

it('its gradient is that of the cross-entropy at the adversarial points, which are held', async () => {
  // Logits (0, s) with s = <w, x>. For label 1 and w = (2, -1) the worst point of the ball is x' = x - epsilon (1, -1), reached by
  // one step, which is longer than the ball is wide. With p = 1 / (1 + exp(-s')), d(-log p) / dw = -(1 - p) x'; for label 0 it is
  // p x' with x' = x + epsilon (1, -1). The mean is over both examples.
  const before = tf.memory().numTensors;
  const w = tf.tidy(() => tf.variable(tf.tensor2d([2, -1], [2, 1])));
  const logits = (inputs: Tensor): Tensor2D => {
    const lead = tf.matMul(inputs as Tensor2D, w as unknown as Tensor2D);
    return tf.concat([tf.zerosLike(lead), lead], 1) as Tensor2D;
  };
  const model: TrainableModel = { name: 'linear', bounds: [0, 1], classes: 2, inputShape: [2], weights: { w }, buffers: {}, logits };
  const points = [
    [0.5, 0.3],
    [0.2, 0.7],
  ] as const;
  const [gradient, loss] = tf.tidy(() => {
    const labelled = { ids: Int32Array.of(0, 1), inputs: tf.tensor2d(points.map((row) => [...row])), labels: tf.tensor1d([1, 0], 'int32') };
    const step = createStep({ model, labelled, noise: (ids) => createNoise(0, ids), progress: 0 });
    const objective = adversarialLoss({ attack: attackOf(1, 'one-step', false), threat, on: 'labelled' });
    const constants = objective.prepare!(step.context);
    const take = (): Scalar => step.onTape(() => objective.evaluate(step.context, constants)).adversarialLoss!;
    const { value, grads } = tf.variableGrads(take, [w]);
    return [Array.from(grads[w.name]!.dataSync()), value.dataSync()[0]!] as const;
  });
  const moved = [
    [points[0][0] - 0.1, points[0][1] + 0.1],
    [points[1][0] + 0.1, points[1][1] - 0.1],
  ] as const;
  const [p, q] = moved.map(([x, y]) => 1 / (1 + Math.exp(-(2 * x - y)))) as [number, number];
  expect(loss).toBeCloseTo((-Math.log(p) - Math.log(1 - q)) / 2, 5);
  for (const axis of [0, 1] as const) expect(gradient[axis]).toBeCloseTo((-(1 - p) * moved[0][axis] + q * moved[1][axis]) / 2, 5);
  w.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('the defence is called after its attack', () => {
  const defence = adversarialTraining({ attack: attackOf(7), threat });
  expect(defence).toMatchObject({ name: 'pgd-at', objective: { name: 'adversarial-loss', terms: ['adversarialLoss'] } });
  expect(defence.objective.adversaries).toEqual([{ attack: expect.objectContaining({ steps: 7 }), threat, on: 'labelled' }]);
  expect(adversarialTraining({ attack: attackOf(1, 'fgsm'), threat }).name).toBe('fgsm-at');
});

it('refuses examples without labels and options it does not have', () => {
  expect(() => adversarialLoss({ ...adversaryOf(1), on: 'unlabelled' })).toThrow(
    'adversarialLoss: expected `adversary.on` to be \'labelled\', got "unlabelled". Cross-entropy needs labels.',
  );
  const options = { attack: attackOf(1), threat, epsilon: 0.1 };
  expect(() => adversarialTraining(options)).toThrow(
    "adversarialTraining: expected `option` to be one of 'attack', 'threat', 'warmUp', got \"epsilon\".",
  );
  expect(() => adversarialTraining({ attack: attackOf(1), threat: { ...threat, epsilon: -1 } })).toThrow(
    'adversarialTraining: expected `threat.epsilon` to be a finite number of at least 0, got -1.',
  );
  expect(() => adversarialTraining({ attack: attackOf(1), threat: { norm: l2(), epsilon: 1 } })).toThrow(
    'adversarialTraining: expected `threat.norm` to be one that it is defined for (linf), got "l2".',
  );
});
