/**
 * How a training goes, as settings say it: optimisers (`sgd:momentum=0.9`), what becomes of the learning rate
 * (`drops:at=0.5+0.75,factor=0.1`) and augmentations, joined by plus (`crop:padding=4+flip`).
 */
import { checkNumber, expected, pieces, type Schedule } from '@groundstate/core';
import { type Augmentation, adam, composed, horizontalFlip, type Optimiser, randomCrop, randomShift, sgd } from '@groundstate/training';
import type { TrainingSettings } from '../pipelines/pipeline';
import { type Given, number, readSettings, type Setting, type Settings, truth } from './setting';
import { entryNamed, parseSpec } from './spec';

/** What `fit` takes of it. */
export type NamedTraining = {
  readonly optimiser: Optimiser;
  readonly learningRate: Schedule;
  readonly augmentation?: Augmentation;
};

/** @throws GroundstateError `invalid-argument` with the nearest name, or the options there are. */
export function trainingNamed(settings: Omit<TrainingSettings, 'preprocessing'>): NamedTraining {
  const { factor, beta1 } = choose('training.schedule', settings.schedule, 'drops:at=0.75,factor=0.1', schedules);
  const augmentation = augmentationNamed(settings.augmentation);
  return {
    optimiser: choose('training.optimiser', settings.optimiser, 'sgd:momentum=0.9', optimisers)(beta1),
    learningRate: (progress) => settings.learningRate * factor(progress),
    ...(augmentation ? { augmentation } : {}),
  };
}

type Entry<Made> = { readonly settings: Settings; make(given: object): Made };

function entry<Made, Known extends Settings>(settings: Known, make: (given: Given<Known>) => Made): Entry<Made> {
  return { settings, make: (given) => make(given as Given<Known>) };
}

function choose<Made>(owner: string, text: string, example: string, entries: ReadonlyMap<string, Entry<Made>>): Made {
  const spec = parseSpec(owner, text, example);
  const { settings, make } = entryNamed(owner, spec.name, entries);
  return make(readSettings(settings, spec));
}

const weightDecay = number(0, 'of every weight; coupled in sgd, decoupled in adam');

/** Each is told the schedule's say in Adam's mean of gradients, if it has any. */
const optimisers: ReadonlyMap<string, Entry<(beta1: Schedule | undefined) => Optimiser>> = new Map([
  ['adam', entry({ weightDecay }, (given) => (beta1) => adam(beta1 ? { ...given, beta1 } : given))],
  [
    'sgd',
    entry(
      { momentum: number(0, 'what is kept of the last step'), nesterov: truth(false, 'looks ahead'), weightDecay },
      (given) => (beta1) => {
        if (beta1) throw expected('training.schedule', 'beta1', 'left out where the optimiser is sgd', 'given');
        return sgd(given);
      },
    ),
  ],
]);

/** Shares of the training, `0.5+0.75`. */
const shares = (usual: string, about: string): Setting<readonly number[]> => ({
  usual,
  about,
  read: (owner, key, text) => {
    const values = text.split('+').map((share) => (share === '' ? Number.NaN : Number(share)));
    if (values.every((value, i) => value > (values[i - 1] ?? 0) && value < 1)) return values;
    throw expected(owner, key, 'rising shares of the training such as 0.5+0.75', text);
  },
});

/** The learning rate is `factor` times the one that is set. */
type Course = { readonly factor: Schedule; readonly beta1?: Schedule };

const share = { above: 0, max: 1 };

const schedules: ReadonlyMap<string, Entry<Course>> = new Map([
  ['constant', entry({}, () => ({ factor: () => 1 }))],
  [
    'drops',
    entry({ at: shares('0.75', 'where the rate drops'), factor: number(0.1, 'what remains of it at each drop') }, (given) => {
      const { at = [0.75], factor = 0.1 } = given;
      checkNumber('drops', 'factor', factor, share);
      return { factor: pieces([0, 1], ...at.map((from, i) => [from, factor ** (i + 1)] as const)) };
    }),
  ],
  [
    'one-cycle',
    entry(
      {
        peak: number(0.3, 'the share of the training in which the rate rises, before it falls to 0; both in a straight line'),
        start: number(0.1, 'what it begins with, as a share of the rate'),
      },
      ({ peak = 0.3, start = 0.1 }) => {
        checkNumber('one-cycle', 'start', start, { min: 0, max: 1 });
        if (!(peak > 0 && peak < 1)) throw expected('one-cycle', 'peak', 'a share of the training above 0 and below 1', peak);
        return { factor: (progress) => (progress < peak ? start + ((1 - start) * progress) / peak : (1 - progress) / (1 - peak)) };
      },
    ),
  ],
  ['cosine', entry({}, () => ({ factor: (progress) => (1 + Math.cos(Math.PI * progress)) / 2 }))],
  [
    'decay',
    entry({ every: number(0.01, 'share of the training between two decays'), factor: number(0.9, 'what remains at each') }, (given) => {
      const { every = 0.01, factor = 0.9 } = given;
      checkNumber('decay', 'every', every, share);
      checkNumber('decay', 'factor', factor, share);
      // A share such as 0.07 is no multiple of 0.01 in binary.
      return { factor: (progress) => factor ** Math.floor(progress / every + 1e-9) };
    }),
  ],
  [
    'linear-end',
    entry(
      { from: number(0.5, 'where the straight way to 0 begins'), beta1: number(0.9, "Adam's decay of the mean from there on") },
      (given) => {
        const { from = 0.5, beta1 } = given;
        if (!(from >= 0 && from < 1)) throw expected('linear-end', 'from', 'a share of the training of at least 0 and below 1', from);
        const factor: Schedule = (progress) => Math.min(1, (1 - progress) / (1 - from));
        if (beta1 === undefined) return { factor };
        return { factor, beta1: from > 0 ? pieces([0, 0.9], [from, beta1]) : () => beta1 };
      },
    ),
  ],
]);

const augmentations: ReadonlyMap<string, Entry<Augmentation>> = new Map([
  ['shift', entry({ pixels: number(2, 'the most along each axis') }, ({ pixels = 2 }) => randomShift({ pixels }))],
  ['crop', entry({ padding: number(4, 'pixels around the image') }, ({ padding = 4 }) => randomCrop({ padding }))],
  ['flip', entry({}, () => horizontalFlip())],
]);

function augmentationNamed(text: string): Augmentation | undefined {
  if (text === 'none') return undefined;
  const made = text.split('+').map((each) => choose('training.augmentation', each, 'crop:padding=4+flip', augmentations));
  return made.length === 1 ? made[0] : composed(...made);
}
