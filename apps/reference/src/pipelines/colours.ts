/** What the pipelines of 32x32 images in colour have in common. Sizes are for two cores without a GPU, but for those of `paper`. */
import { allLabelled, fromFewLabels, plain, sideBySide } from './digits';
import { measures } from './measures';
import type { Preset, PresetName, TrainingSettings } from './pipeline';

/** A preset that trains on more images than there are trains on all of them. */
export function coloured(augmentation: string): { readonly [name in Exclude<PresetName, 'paper'>]: Preset } {
  const training: TrainingSettings = { ...plain, augmentation, preprocessing: 'channels' };
  const common = { defences: sideBySide, training };
  return {
    smoke: {
      ...common,
      about: 'seconds: shows that everything works; its numbers mean nothing',
      model: 'convnet:filters=8+16,hidden=32',
      sizes: { ...allLabelled, train: 256, epochs: 1, batchSize: 64, ...measures.smoke },
    },
    quick: {
      ...common,
      about: 'minutes: 10,000 training images, 4 epochs of a small network, 500 test images; too little training to rank close defences',
      model: 'convnet:filters=32+64,hidden=100',
      sizes: { ...allLabelled, train: 10_000, epochs: 4, batchSize: 64, ...measures.quick },
    },
    standard: {
      ...common,
      about: 'hours: up to 50,000 training images, 15 epochs of a small network, 1,000 test images, attacks of full length',
      model: 'convnet:filters=32+64+128,hidden=128',
      sizes: { ...allLabelled, train: 50_000, epochs: 15, batchSize: 64, ...measures.standard },
    },
  };
}

/** Labelled and unlabelled examples of a step, as T. Miyato has them (2018, arXiv 1704.03976). */
export const fewLabelBatches = { batchSize: 32, unlabelledBatchSize: 128 } as const;

export function colouredSemiSupervised(labels: number, augmentation: string): { readonly [name in Exclude<PresetName, 'paper'>]: Preset } {
  const training: TrainingSettings = { ...plain, schedule: 'linear-end:from=0.5,beta1=0.5', augmentation, preprocessing: 'channels' };
  const common = { defences: fromFewLabels, training };
  return {
    smoke: {
      ...common,
      about: 'seconds: shows that everything works; its numbers mean nothing',
      model: 'convnet:filters=8+16,hidden=32',
      sizes: { ...fewLabelBatches, train: 512, labels: 100, epochs: 2, stepsPerEpoch: 3, ...measures.smoke },
    },
    quick: {
      ...common,
      about: `minutes: a small network, ${labels} labels, 600 steps, 500 test images attacked; too little training to rank close defences`,
      model: 'convnet:filters=32+64,hidden=100',
      sizes: { ...fewLabelBatches, train: 50_000, labels, epochs: 6, stepsPerEpoch: 100, ...measures.quick },
    },
    standard: {
      ...common,
      about: `hours: a narrow Conv-Small, ${labels} labels, 6,000 steps, 1,000 test images attacked`,
      model: 'conv-small:widths=32+64+64',
      sizes: { ...fewLabelBatches, train: 50_000, labels, epochs: 15, stepsPerEpoch: 400, ...measures.standard },
    },
  };
}
