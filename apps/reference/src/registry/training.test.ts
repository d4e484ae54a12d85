import { createNoise } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { trainingNamed } from './training';

const usual = { optimiser: 'adam', learningRate: 0.01, schedule: 'constant', augmentation: 'none' };
const rates = (schedule: string, ...at: readonly number[]) => at.map(trainingNamed({ ...usual, schedule }).learningRate);

describe('trainingNamed', () => {
  it('drops the learning rate at the shares that are named, by the factor each time', () => {
    expect(rates('drops', 0, 0.74, 0.75, 1)).toEqual([0.01, 0.01, 0.001, 0.001]);
    const [before, between, after] = rates('drops:at=0.5+0.8,factor=0.5', 0.4, 0.5, 0.8);
    expect([before, between, after]).toEqual([0.01, 0.005, 0.0025]);
    // What the pipeline of digits has always done: a tenth, to the bit.
    expect(trainingNamed({ ...usual, learningRate: 1e-3, schedule: 'drops' }).learningRate(0.8)).toBe(1e-3 / 10);
  });

  it('leaves it, or lets it fall in half a cosine, by decays or in a straight line at the end', () => {
    expect(rates('constant', 0, 0.5, 1)).toEqual([0.01, 0.01, 0.01]);
    const [start, middle, end] = rates('cosine', 0, 0.5, 1);
    expect([start, middle]).toEqual([0.01, expect.closeTo(0.005, 12)]);
    expect(end).toBeCloseTo(0, 12);
    // 0.07 is the seventh hundredth, whatever its binary digits.
    expect(rates('decay:every=0.01,factor=0.5', 0, 0.009, 0.01, 0.07)).toEqual([0.01, 0.01, 0.005, 0.01 / 2 ** 7]);
    expect(rates('one-cycle', 0, 0.15, 0.3, 0.65, 1)).toEqual([0.001, expect.closeTo(0.0055, 12), 0.01, expect.closeTo(0.005, 12), 0]);
    expect(rates('one-cycle:peak=0.5,start=0.5', 0, 0.25, 0.5, 0.75)).toEqual([0.005, 0.0075, 0.01, 0.005]);
    expect(rates('linear-end:from=0.6', 0, 0.6, 0.8, 1)).toEqual([0.01, 0.01, expect.closeTo(0.005, 12), 0]);
  });

  it('names the optimiser with its settings', () => {
    const optimiser = (text: string, schedule = 'constant') => trainingNamed({ ...usual, optimiser: text, schedule }).optimiser.name;
    expect(optimiser('sgd:momentum=0.9,nesterov=true,weightDecay=5e-4')).toBe('sgd(0.9, nesterov, weight-decay 0.0005)');
    // A course of the mean's decay is another optimiser: a checkpoint of the one is not continued by the other.
    const names = [
      optimiser('adam'),
      optimiser('adam', 'linear-end:from=0.6,beta1=0.5'),
      optimiser('adam', 'linear-end:from=0.7,beta1=0.5'),
    ];
    expect(new Set(names).size).toBe(3);
  });

  it('joins augmentations in the order in which they stand', () => {
    const description = (augmentation: string) => trainingNamed({ ...usual, augmentation }).augmentation?.description;
    expect(description('none')).toBeUndefined();
    expect(description('flip')).toBe('horizontal-flip');
    expect(description('shift:pixels=3+flip')).toBe('random-shift(3, 0), then horizontal-flip');
    const crop = trainingNamed({ ...usual, augmentation: 'crop:padding=1+flip' }).augmentation!;
    tf.tidy(() => {
      expect(crop(tf.ones([2, 4, 4, 3]), createNoise(0, Int32Array.of(0, 1))).shape).toEqual([2, 4, 4, 3]);
    });
  });

  it('says what is wrong, and where', () => {
    const refuse = (changes: Partial<typeof usual>) => expect(() => trainingNamed({ ...usual, ...changes }));
    refuse({ optimiser: 'adm' }).toThrow('training.optimiser: expected `name` to be one of adam, sgd, got "adm". Did you mean adam?');
    refuse({ optimiser: 'sgd:momentun=0.9' }).toThrow('Did you mean momentum?');
    refuse({ schedule: 'drops:at=0.5+0.4' }).toThrow(
      'drops: expected `at` to be rising shares of the training such as 0.5+0.75, got "0.5+0.4".',
    );
    refuse({ schedule: 'linear-end:from=1' }).toThrow('linear-end: expected `from` to be a share of the training');
    refuse({ schedule: 'one-cycle:peak=1' }).toThrow(
      'one-cycle: expected `peak` to be a share of the training above 0 and below 1, got 1.',
    );
    refuse({ optimiser: 'sgd', schedule: 'linear-end:beta1=0.5' }).toThrow(
      'training.schedule: expected `beta1` to be left out where the optimiser is sgd',
    );
    refuse({ augmentation: 'flip+crpo' }).toThrow('training.augmentation: expected `name` to be one of shift, crop, flip, got "crpo".');
    refuse({ augmentation: '' }).toThrow('training.augmentation: expected `name`');
  });
});
