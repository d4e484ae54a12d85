/** How hard a preset looks at a trained model: the same in every pipeline. */
import type { PresetName, Sizes } from './pipeline';

type Measures = Pick<Sizes, 'test' | 'attacks' | 'audit'>;

export const measures: { readonly [name in PresetName]: Measures } = {
  smoke: {
    test: 40,
    attacks: ['pgd:steps=5', 'apgd-ce:steps=5', 'square:queries=20,rescaleSchedule=true'],
    audit: { images: 16, steps: 5, samples: 4 },
  },
  quick: {
    test: 500,
    attacks: ['pgd:steps=20', 'apgd-ce:steps=50', 'square:queries=300,rescaleSchedule=true'],
    audit: { images: 100, steps: 20, samples: 8 },
  },
  standard: {
    test: 1000,
    attacks: ['pgd:steps=40', 'apgd-ce:steps=100', 'square:queries=5000'],
    audit: { images: 500, steps: 50, samples: 8 },
  },
  paper: {
    test: 10_000,
    attacks: ['pgd:steps=100', 'apgd-ce:steps=100,restarts=5', 'square:queries=5000'],
    audit: { images: 1000, steps: 50, samples: 8 },
  },
};
