/**
 * Clothing in the form of MNIST, linf 0.1. Nothing is published about it in these terms: `paper` has the network and the schedule
 * with which H. Zhang trains for MNIST (TRADES, 2019, arXiv 1901.08573).
 */
import { digitsSemiSupervised, digitsSupervised } from './digits';
import { measures } from './measures';
import type { Pipeline } from './pipeline';

export const fashionMnist: Pipeline = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  dataset: 'fashion-mnist',
  standIn: 'synthetic-digits',
  tasks: {
    supervised: {
      norm: 'linf',
      epsilon: { linf: 0.1, l2: 1.5 },
      presets: {
        ...digitsSupervised,
        paper: {
          about: 'for a GPU: the small network of TRADES, 60,000 training images, 100 epochs; attacks on all 10,000 test images',
          model: 'small-cnn',
          defences: ['standard', 'pgd-at:steps=40,warmUp=0.3', 'trades:beta=1,steps=40', 'energy-d2:warmUp=0.3'],
          sizes: { ...digitsSupervised.standard.sizes, epochs: 100, batchSize: 128, ...measures.paper },
          training: {
            ...digitsSupervised.standard.training,
            optimiser: 'sgd:momentum=0.9',
            learningRate: 0.01,
            schedule: 'drops:at=0.55+0.75+0.9,factor=0.1',
          },
        },
      },
    },
    'semi-supervised': { norm: 'l2', epsilon: { l2: 1.5, linf: 0.1 }, presets: digitsSemiSupervised(1000) },
  },
};
