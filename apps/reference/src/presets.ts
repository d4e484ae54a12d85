/** How much a run does. Sizes are for two cores without a GPU. */
import type { AuditSizes } from './audit/audit';

export type Preset = {
  readonly about: string;
  /** Training examples, epochs, batch size. */
  readonly train: number;
  readonly epochs: number;
  readonly batchSize: number;
  /** Test examples that are attacked. */
  readonly test: number;
  /** What every defence is attacked with, as `--attack` takes it. */
  readonly attacks: readonly string[];
  /** How much the report's curves and checks look at. */
  readonly audit: AuditSizes;
};

export type PresetName = 'smoke' | 'quick' | 'standard';

export const presets: Readonly<Record<PresetName, Preset>> = {
  smoke: {
    about: 'seconds: shows that everything works; its numbers mean nothing',
    train: 256,
    epochs: 1,
    batchSize: 64,
    test: 40,
    attacks: ['pgd:steps=5', 'apgd-ce:steps=5', 'square:queries=20,rescaleSchedule=true'],
    audit: { images: 16, steps: 5, samples: 4 },
  },
  quick: {
    about: 'minutes: 60,000 training images, 2 epochs, 500 test images; too little training, and too few images, to rank close defences',
    train: 60000,
    epochs: 2,
    batchSize: 64,
    test: 500,
    attacks: ['pgd:steps=20', 'apgd-ce:steps=50', 'square:queries=300,rescaleSchedule=true'],
    audit: { images: 100, steps: 20, samples: 8 },
  },
  standard: {
    about: 'an hour or more: 60,000 training images, 12 epochs, 1,000 test images, attacks of full length',
    train: 60000,
    epochs: 12,
    batchSize: 64,
    test: 1000,
    attacks: ['pgd:steps=40', 'apgd-ce:steps=100', 'square:queries=5000'],
    audit: { images: 500, steps: 50, samples: 8 },
  },
};
