/**
 * House numbers, linf 8/255. `paper`: PreActResNet-18 as D. Wu trains it (AWP, 2020, arXiv 2004.05884: PGD of 10 steps of 1/255);
 * semi-supervised the large network, batches and schedule of T. Miyato (2018, arXiv 1704.03976), l2 3.5 with translations.
 */
import { coloured, colouredSemiSupervised, fewLabelBatches } from './colours';
import { measures } from './measures';
import type { Pipeline } from './pipeline';

const presets = coloured('none');
const fewLabels = colouredSemiSupervised(1000, 'shift:pixels=2');

export const svhn: Pipeline = {
  name: 'svhn',
  title: 'SVHN',
  dataset: 'svhn',
  standIn: 'synthetic-street-digits',
  tasks: {
    supervised: {
      norm: 'linf',
      epsilon: { linf: 8 / 255, l2: 0.5 },
      presets: {
        ...presets,
        paper: {
          about: 'for a GPU: PreActResNet-18, all training images, 200 epochs, PGD of 10 steps; attacks on 10,000 test images',
          model: 'preact-resnet-18',
          defences: {
            linf: ['standard', 'pgd-at:steps=10,step=1/255', 'trades:beta=6,steps=10,step=1/255', 'energy-d2:warmUp=0.3'],
            l2: ['standard', 'pgd-at:steps=10', 'trades:beta=6,steps=10', 'energy-d2:warmUp=0.3'],
          },
          sizes: { ...presets.standard.sizes, train: 73_257, epochs: 200, batchSize: 128, ...measures.paper },
          training: {
            ...presets.standard.training,
            optimiser: 'sgd:momentum=0.9,weightDecay=5e-4',
            learningRate: 0.01,
            schedule: 'drops:at=0.5+0.75,factor=0.1',
          },
        },
      },
    },
    'semi-supervised': {
      norm: 'l2',
      epsilon: { l2: 3.5, linf: 8 / 255 },
      presets: {
        ...fewLabels,
        paper: {
          about: 'for a GPU: Conv-Large, all training images, 1,000 labels, 48,000 steps; attacks on 10,000 test images',
          model: 'conv-large',
          defences: fewLabels.standard.defences,
          sizes: { ...fewLabelBatches, train: 73_257, labels: 1000, epochs: 120, stepsPerEpoch: 400, ...measures.paper },
          training: { ...fewLabels.standard.training, schedule: 'linear-end:from=0.667,beta1=0.5', preprocessing: 'centred' },
        },
      },
    },
  },
};
