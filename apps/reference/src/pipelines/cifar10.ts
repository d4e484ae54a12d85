/**
 * Small photographs in ten classes, linf 8/255. `paper`: PreActResNet-18 with the schedule of L. Rice (2020, arXiv 2002.11569) and
 * PGD as A. Madry has it (10 steps of 2/255); semi-supervised the large network, batches and schedule of T. Miyato (2018, arXiv
 * 1704.03976), whose budget of 8 is a length in the whitened space.
 */
import { coloured, colouredSemiSupervised, fewLabelBatches } from './colours';
import { measures } from './measures';
import type { Pipeline } from './pipeline';

const augmentation = 'crop:padding=4+flip';
const presets = coloured(augmentation);
const fewLabels = colouredSemiSupervised(4000, 'shift:pixels=2+flip');

export const cifar10: Pipeline = {
  name: 'cifar10',
  title: 'CIFAR-10',
  dataset: 'cifar-10',
  standIn: 'synthetic-shapes',
  tasks: {
    supervised: {
      norm: 'linf',
      epsilon: { linf: 8 / 255, l2: 0.5 },
      presets: {
        ...presets,
        paper: {
          about: 'for a GPU: PreActResNet-18, 50,000 training images, 200 epochs, PGD of 10 steps; attacks on all 10,000 test images',
          model: 'preact-resnet-18',
          defences: {
            linf: ['standard', 'pgd-at:steps=10,step=2/255', 'trades:beta=6,steps=10,step=2/255', 'energy-d2:warmUp=0.3'],
            l2: ['standard', 'pgd-at:steps=10', 'trades:beta=6,steps=10', 'energy-d2:warmUp=0.3'],
          },
          sizes: { ...presets.standard.sizes, train: 50_000, epochs: 200, batchSize: 128, ...measures.paper },
          training: {
            ...presets.standard.training,
            optimiser: 'sgd:momentum=0.9,weightDecay=5e-4',
            learningRate: 0.1,
            schedule: 'drops:at=0.5+0.75,factor=0.1',
          },
        },
      },
    },
    'semi-supervised': {
      norm: 'l2',
      epsilon: { l2: 1, linf: 8 / 255 },
      presets: {
        ...fewLabels,
        paper: {
          about: 'for a GPU: Conv-Large, whitened images (and budgets), 4,000 labels, 200,000 steps; attacks on all 10,000 test images',
          model: 'conv-large',
          epsilon: 8,
          defences: fewLabels.standard.defences,
          // Where there are no bounds, an audit has nothing to say of budgets without bound.
          sizes: { ...fewLabelBatches, train: 50_000, labels: 4000, epochs: 500, stepsPerEpoch: 400, ...measures.paper, audit: null },
          training: { ...fewLabels.standard.training, schedule: 'linear-end:from=0.92,beta1=0.5', preprocessing: 'whitened-space' },
        },
      },
    },
  },
};
