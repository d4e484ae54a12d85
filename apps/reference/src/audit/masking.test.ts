import { describe, expect, it } from 'vitest';
import { type Judged, moreSteps, notFinite, unboundedBudget, zeroGradients } from './masking';

const logits = Float32Array.from([0, 1]);
const standing: Judged = {
  id: 0,
  label: 1,
  right: true,
  fooledAt: undefined,
  fooledByMoreSteps: false,
  fooledUnbounded: true,
  losses: [0.1, 0.2],
  energies: [],
  variations: [],
  gradient: 1,
  clean: { logits },
  strongest: { logits },
};
const some = (count: number, change: Partial<Judged> = {}): Judged[] => Array.from({ length: count }, () => ({ ...standing, ...change }));
const measures = { classes: 10, epsilon: 0.3, norm: 'linf', unbounded: 1, steps: 20 };

describe('unboundedBudget', () => {
  it('is suspicious from more than chance on', () => {
    const left = (count: number): Judged[] => [...some(count, { fooledUnbounded: false }), ...some(100 - count)];
    expect(unboundedBudget(left(10), measures).verdict).toBe('fine');
    expect(unboundedBudget(left(11), measures)).toMatchObject({
      verdict: 'suspicious',
      answer: 'With linf 1, 11 of 100 images stand (11 %; suspicious above chance, 10 %).',
      figures: { images: 100, right: 100, standing: 11, chance: 0.1, budget: 1 },
    });
  });
});

describe('moreSteps', () => {
  it('is suspicious where more than a share and more than an odd image fall that had stood', () => {
    const fall = (count: number, of: number): Judged[] => [...some(count, { fooledByMoreSteps: true }), ...some(of - count)];
    expect(moreSteps(fall(5, 100), measures).verdict).toBe('fine');
    expect(moreSteps(fall(6, 100), measures)).toMatchObject({
      verdict: 'suspicious',
      figures: { images: 100, standing: 100, fooled: 6, steps: 20, moreSteps: 80 },
    });
    // Two of ten is a large share, and two images.
    expect(moreSteps(fall(2, 10), measures).verdict).toBe('fine');
  });

  it('counts who stands at epsilon, whatever happens beyond', () => {
    const images = [...some(2, { fooledAt: 0.45 }), ...some(3, { fooledAt: 0.3 }), ...some(1, { fooledAt: 0, right: false })];
    expect(moreSteps(images, measures).figures).toMatchObject({ images: 6, right: 5, standing: 2 });
  });
});

describe('zeroGradients', () => {
  it('looks at images that are right, and lets a very small gradient count as one', () => {
    const images = [...some(1, { gradient: 0, right: false }), ...some(1, { gradient: 2e-30 }), ...some(99)];
    expect(zeroGradients(images)).toMatchObject({ verdict: 'fine', figures: { right: 100, zero: 0 } });
    expect(zeroGradients([...some(1, { gradient: 5e-31 }), ...some(99)]).verdict).toBe('fine');
    expect(zeroGradients([...some(2, { gradient: 0 }), ...some(98)])).toMatchObject({ verdict: 'suspicious', figures: { zero: 2 } });
  });
});

describe('notFinite', () => {
  it.each([
    ['clean', { clean: { logits: Float32Array.from([0, Number.POSITIVE_INFINITY]) } }],
    ['path', { losses: [0.1, Number.NaN] }],
    ['strongest', { strongest: { logits: Float32Array.from([Number.NaN, 0]) } }],
    ['gradient', { gradient: Number.NaN }],
  ])('finds one image whose %s is no number', (figure, change) => {
    expect(notFinite([...some(9), ...some(1, change)])).toMatchObject({ verdict: 'suspicious', figures: { images: 10, [figure]: 1 } });
    expect(notFinite(some(10)).verdict).toBe('fine');
  });
});
