/** What the pipelines of 28x28 images of one channel have in common. */
import { measures } from './measures';
import type { Preset, PresetName, TrainingSettings } from './pipeline';

export const plain: TrainingSettings = {
  optimiser: 'adam',
  learningRate: 1e-3,
  schedule: 'drops:at=0.75,factor=0.1',
  augmentation: 'none',
  preprocessing: 'none',
};

/** The ball grows: in a ball of full size from the first step on, adversarial training may stay a constant classifier for long. */
export const sideBySide: readonly string[] = ['standard', 'pgd-at:warmUp=0.3', 'energy-d2:warmUp=0.3'];
/** One protocol: the same labels, inputs, steps, and search for the direction in which a prediction turns fastest. */
export const fromFewLabels: readonly string[] = [
  'standard',
  'vat',
  'vat:entmin=true',
  'virtual-energy-d2:path=power',
  'virtual-energy-d2:path=power,entmin=true',
];

/** All labels, and batches of them alone. */
export const allLabelled = { labels: null, stepsPerEpoch: null, unlabelledBatchSize: null } as const;

const supervised = { model: 'convnet', defences: sideBySide, training: plain };

export const digitsSupervised: { readonly [name in Exclude<PresetName, 'paper'>]: Preset } = {
  smoke: {
    ...supervised,
    about: 'seconds: shows that everything works; its numbers mean nothing',
    sizes: { ...allLabelled, train: 256, epochs: 1, batchSize: 64, ...measures.smoke },
  },
  quick: {
    ...supervised,
    about: 'minutes: 40,000 training images, 2 epochs, 500 test images; too little training, and too few images, to rank close defences',
    sizes: { ...allLabelled, train: 40_000, epochs: 2, batchSize: 64, ...measures.quick },
  },
  standard: {
    about: 'an hour or more: 60,000 training images, 8 epochs, 1,000 test images, attacks of full length',
    model: 'convnet:filters=32+64,hidden=256',
    defences: ['standard', 'pgd-at:warmUp=0.3', 'energy-d2:form=huber,warmUp=0.3'],
    sizes: { ...allLabelled, train: 60_000, epochs: 8, batchSize: 128, ...measures.standard },
    training: { ...plain, learningRate: 2e-3, schedule: 'one-cycle' },
  },
};

/** The steps of an epoch are a matter of book-keeping where a few labels go round and round. */
export function digitsSemiSupervised(labels: number): { readonly [name in PresetName]: Preset } {
  const common = { model: 'convnet', defences: fromFewLabels, training: { ...plain, learningRate: 2e-3, schedule: 'linear-end:from=0.3' } };
  return {
    smoke: {
      ...common,
      about: 'seconds: shows that everything works; its numbers mean nothing',
      model: 'convnet:filters=8+16,hidden=32',
      sizes: { train: 512, labels: 50, epochs: 2, stepsPerEpoch: 4, batchSize: 25, unlabelledBatchSize: 64, ...measures.smoke },
    },
    quick: {
      ...common,
      about: `minutes: a small convnet, ${labels} labels, 600 steps, 500 test images attacked; too little training to rank close defences`,
      sizes: { train: 60_000, labels, epochs: 6, stepsPerEpoch: 100, batchSize: 100, unlabelledBatchSize: 250, ...measures.quick },
    },
    standard: {
      ...common,
      about: `hours: a small convnet, ${labels} labels, 5,000 steps, 1,000 test images attacked, attacks of full length`,
      sizes: { train: 60_000, labels, epochs: 20, stepsPerEpoch: 250, batchSize: 100, unlabelledBatchSize: 250, ...measures.standard },
    },
    paper: {
      ...common,
      about: `for a GPU: the network and the 50,000 steps of the paper, ${labels} labels; attacks on all 10,000 test images`,
      // Its code searches the direction in a ball of 0.3.
      epsilon: 0.3,
      model: 'mlp:hidden=1200+1200,batchNorm=true,headBatchNorm=true,batchNormMomentum=0.99',
      sizes: { train: 60_000, labels, epochs: 100, stepsPerEpoch: 500, batchSize: 100, unlabelledBatchSize: 250, ...measures.paper },
      training: { ...plain, learningRate: 2e-3, schedule: 'decay:every=0.01,factor=0.9' },
    },
  };
}
