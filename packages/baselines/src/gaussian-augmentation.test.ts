import { cleanLoss, createNoise, createStep } from '@groundstate/core';
import { describeObjective, fixedNoise, relativeError, smoothModel } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { takeStep } from '../tests/take-step';
import { gaussianAugmentation, gaussianAugmentationSettings, noisyLoss } from './gaussian-augmentation';

describeObjective(() => gaussianAugmentation({ sigma: 0.25 }).objective, { cost: 1 });
describeObjective(() => noisyLoss({ sigma: 1, clip: true }), { cost: 1 });

const ids = Int32Array.from([0, 1, 2]);
const labels = (): Tensor1D => tf.tensor1d([0, 1, 2], 'int32');

/** What the model is shown where the examples are `inputs` and the draws `noise`. */
function shown(options: Parameters<typeof noisyLoss>[0], inputs: Tensor, noise: Tensor): number[] {
  return tf.tidy(() => {
    const inner = smoothModel();
    let seen: number[] = [];
    const model = {
      ...inner,
      logits: (x: Tensor) => {
        seen = Array.from(x.dataSync());
        return inner.logits(x);
      },
    };
    takeStep(noisyLoss(options), { model, inputs, labels: labels(), noise: fixedNoise(noise) });
    inner.dispose();
    return seen;
  });
}

it('shows the model x + sigma z, across the edge of the box unless it is clipped', () => {
  tf.tidy(() => {
    const [inputs, noise] = [tf.fill([3, 6], 0.75), tf.concat([tf.fill([3, 3], 2), tf.fill([3, 3], -2)], 1)];
    const row = [1.75, 1.75, 1.75, -0.25, -0.25, -0.25];
    expect(shown({ sigma: 0.5 }, inputs, noise)).toEqual([...row, ...row, ...row]);
    const clipped = row.map((value) => Math.min(1, Math.max(0, value)));
    expect(shown({ sigma: 0.5, clip: true }, inputs, noise)).toEqual([...clipped, ...clipped, ...clipped]);
  });
});

it('without noise is standard training', () => {
  const model = smoothModel();
  tf.tidy(() => {
    const given = { model, inputs: createNoise(0, ids).uniform([6]), labels: labels() };
    const [noisy, clean] = [takeStep(gaussianAugmentation({ sigma: 0 }).objective, given), takeStep(cleanLoss(), given)];
    expect(noisy.terms.noisyLoss).toBe(clean.terms.cleanLoss);
    for (const [name, gradient] of Object.entries(noisy.gradients)) expect(relativeError(gradient, clean.gradients[name]!)).toBe(0);
  });
  model.dispose();
});

it('adds the noise to wherever a descent has moved the examples', () => {
  const model = smoothModel();
  tf.tidy(() => {
    const inputs = createNoise(0, ids).uniform([6]);
    const noise = tf.fill([3, 6], 0.5);
    const { context, contextAt } = createStep({
      model,
      labelled: { ids, inputs, labels: labels() },
      noise: () => fixedNoise(noise),
      progress: 0,
    });
    const objective = noisyLoss({ sigma: 0.2 });
    const constants = objective.prepare!(context);
    const moved = objective.evaluate(contextAt(tf.sub(inputs, 0.1)), constants).noisyLoss!.dataSync()[0]!;
    const clean = cleanLoss().evaluate(context).cleanLoss!.dataSync()[0]!;
    expect(moved).toBeCloseTo(clean, 6);
  });
  model.dispose();
});

it('can be had with the levels of the paper, and refuses what is none', () => {
  for (const sigma of gaussianAugmentationSettings.cifar10.sigmas)
    expect(gaussianAugmentation({ sigma }).name).toBe('gaussian-augmentation');
  expect(() => gaussianAugmentation({ sigma: -1 })).toThrow(
    'gaussianAugmentation: expected `sigma` to be a finite number of at least 0, got -1.',
  );
  expect(() => gaussianAugmentation({ sigma: 1, epsilon: 1 } as never)).toThrow(
    "gaussianAugmentation: expected `option` to be one of 'sigma', 'clip', got \"epsilon\".",
  );
});
