import { createNoise, linf, type Observation, perturb } from '@groundstate/core';
import { describeMetric, linearModel, waveModel } from '@groundstate/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { figuresOf, littleAttack, observation, type Row } from '../tests/observations';
import { catastrophicOverfitting } from './catastrophic-overfitting';
import { pairedDifference } from './paired-difference';
import { wilson } from './wilson';

countTensors();
// The kit's only attack is called `one`: for both names.
describeMetric(() => {
  const metric = catastrophicOverfitting({ weak: 'one', strong: 'two' });
  const both = (seen: Observation): Observation => ({ ...seen, attacked: { one: seen.attacked.one!, two: seen.attacked.one! } });
  return { ...metric, update: (state, seen) => metric.update(state, both(seen)) };
}, littleAttack);

/** The model under one step of length epsilon and under eight steps. Dispose of it. */
async function attacked(model: ReturnType<typeof waveModel>, points: readonly number[], epsilon: number) {
  const ids = Int32Array.from(points.keys());
  const [inputs, labels] = [tf.tensor2d([...points], [points.length, 1]), tf.ones([points.length], 'int32') as Tensor1D];
  const request = { model, inputs, ids, goal: { kind: 'misclassify', labels }, threat: { norm: linf(), epsilon }, seed: 0 } as const;
  const [fgsm, pgd] = [await perturb(littleAttack(1), request), await perturb(littleAttack(8), request)];
  const cleanLogits = tf.tidy(() => model.logits(inputs));
  const dispose = (): void => {
    tf.dispose([inputs, labels, cleanLogits]);
    for (const { adversarial, success, distance, logits } of [fgsm, pgd]) tf.dispose([adversarial, success, distance, logits]);
  };
  return { model, batch: { ids, inputs, labels }, cleanLogits, attacked: { fgsm, pgd }, noise: createNoise(0, ids), dispose };
}

it('a loss that comes back at the end of the one step is seen', async () => {
  // lead(x) = cos(4 pi x), label 1: right where the cosine is positive, with crests at 0 and 1/2. From a point right of 0 the step of
  // 1/2 ends as far right of the next crest: not fooled. The trough between them, at 1/4, fools, and smaller steps meet it.
  const points = Array.from({ length: 20 }, (_, i) => 0.01 + i * 0.005);
  const value = await figuresOf(catastrophicOverfitting(), await attacked(waveModel(1, 2, 0), points, 0.5));
  expect(value.weak).toEqual(wilson(20, 20));
  expect(value.strong).toEqual(wilson(0, 20));
  expect(value.gap).toMatchObject({ difference: 1, onlyLeft: 20, onlyRight: 0, n: 20 });
  expect(value.verdict).toBe('overfitted');
});

it('of a linear model one step says as much as many', async () => {
  // lead(x) = 4 x - 2, epsilon 0.1: both fool what stands within 0.1 of the line, 5 of 40.
  const points = Array.from({ length: 40 }, (_, i) => 0.51 + i * 0.0122);
  const fooled = points.filter((x) => x < 0.6).length;
  const value = await figuresOf(catastrophicOverfitting(), await attacked(linearModel([4], -2), points, 0.1));
  expect(value.gap).toMatchObject({ difference: 0, onlyLeft: 0, onlyRight: 0, n: 40 });
  expect(value.strong).toEqual(wilson(40 - fooled, 40));
  expect(value.verdict).toBe('not-seen');
});

const [right, wrong] = [
  [0, 1],
  [1, 0],
] as const;
const rows = (counts: Readonly<Record<'both' | 'onlyWeak' | 'onlyStrong' | 'neither' | 'wrong', number>>): Row[] => {
  const row = (logits: readonly [number, number], weak?: number, strong?: number): Row => ({ logits, fooled: { w: weak, s: strong } });
  return [
    ...Array.from({ length: counts.both }, () => row(right)),
    ...Array.from({ length: counts.onlyWeak }, () => row(right, undefined, 1)),
    ...Array.from({ length: counts.onlyStrong }, () => row(right, 1, undefined)),
    ...Array.from({ length: counts.neither }, () => row(right, 1, 1)),
    ...Array.from({ length: counts.wrong }, () => row(wrong, undefined, undefined)),
  ];
};

it('is a paired difference over all examples; those that are wrong when clean stand under neither', async () => {
  const counts = { both: 3, onlyWeak: 4, onlyStrong: 1, neither: 1, wrong: 2 };
  const value = await figuresOf(catastrophicOverfitting({ weak: 'w', strong: 's' }), observation(rows(counts)));
  expect(value.gap).toEqual(pairedDifference({ left: '11111110000', right: '11100001000' }));
  expect(value.weak).toEqual(wilson(7, 11));
  expect(value.strong).toEqual(wilson(4, 11));
  // A gap of 3/11 with few examples: the interval holds the threshold.
  expect(value.verdict).toBe('undecided');
});

it('the threshold decides between the verdicts', async () => {
  const verdict = async (threshold: number): Promise<string> => {
    const counts = { both: 50, onlyWeak: 30, onlyStrong: 0, neither: 10, wrong: 10 };
    return (await figuresOf(catastrophicOverfitting({ weak: 'w', strong: 's', threshold }), observation(rows(counts)))).verdict;
  };
  // 0.3 within (0.21.., 0.39..).
  expect([await verdict(0.2), await verdict(0.3), await verdict(0.4)]).toEqual(['overfitted', 'undecided', 'not-seen']);
});

it('says what is wrong with its options', async () => {
  const metric = catastrophicOverfitting({ strong: 'apgd' });
  const seen = observation([{ logits: right, fooled: { fgsm: 1, pgd: 1 } }]);
  await expect(metric.update(metric.init(), seen)).rejects.toThrow(
    'catastrophicOverfitting: expected `strong` to be an attack of the evaluation (fgsm, pgd), got "apgd".',
  );
  seen.dispose();
  expect(() => catastrophicOverfitting({ weak: 'pgd' })).toThrow('expected `strong` to be another attack than `weak`, got "pgd".');
  expect(() => catastrophicOverfitting({ threshold: 20 })).toThrow(
    'expected `threshold` to be a finite number of at least 0 and of at most 1, got 20.',
  );
  expect(catastrophicOverfitting().compute(catastrophicOverfitting().init()).verdict).toBe('undecided');
});
