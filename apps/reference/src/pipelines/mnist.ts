/**
 * Handwritten digits: l2 2 unless said otherwise, or linf 0.3. The preset `paper` is A. Madry's network and attack (2018, arXiv
 * 1706.06083), 100,000 steps of 50 images; semi-supervised the network and batches of T. Miyato (2016, arXiv 1507.00677).
 */
import { digitsSemiSupervised, digitsSupervised } from './digits';
import { measures } from './measures';
import type { Pipeline } from './pipeline';

export const mnist: Pipeline = {
  name: 'mnist',
  title: 'MNIST',
  dataset: 'mnist',
  standIn: 'synthetic-digits',
  tasks: {
    supervised: {
      norm: 'l2',
      epsilon: { l2: 2, linf: 0.3 },
      presets: {
        ...digitsSupervised,
        paper: {
          about: 'for a GPU: the network of Madry, 60,000 training images, 84 epochs, PGD of 40 steps; attacks on all 10,000 test images',
          model: 'madry-net',
          defences: {
            linf: ['standard', 'pgd-at:steps=40,step=0.01', 'trades:beta=1,steps=40,step=0.01', 'energy-d2:warmUp=0.3'],
            l2: ['standard', 'pgd-at:steps=40,warmUp=0.3', 'trades:beta=1,steps=40', 'energy-d2:warmUp=0.3'],
          },
          sizes: { ...digitsSupervised.standard.sizes, epochs: 84, batchSize: 50, ...measures.paper },
          training: { ...digitsSupervised.standard.training, learningRate: 1e-4, schedule: 'constant' },
        },
      },
    },
    'semi-supervised': { norm: 'l2', epsilon: { l2: 2, linf: 0.3 }, presets: digitsSemiSupervised(100) },
  },
};
