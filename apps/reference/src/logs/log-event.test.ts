import { expect, it } from 'vitest';
import { isLogged } from './log-event';

const logged = (steps: number): number[] => Array.from({ length: steps }, (_, i) => i + 1).filter((step) => isLogged(step, steps));

it('a short training logs every step', () => {
  expect(logged(1)).toEqual([1]);
  expect(logged(200)).toHaveLength(200);
});

it('a long one the first, the last and about two hundred between', () => {
  // Every third of 401 makes 133, and neither 1 nor 401 is one of them.
  expect(logged(401)).toHaveLength(133 + 2);
  for (const steps of [201, 1000, 4690, 1_000_000]) {
    const all = logged(steps);
    expect([all[0], all.at(-1)]).toEqual([1, steps]);
    expect(all.length).toBeGreaterThan(100);
    expect(all.length).toBeLessThanOrEqual(202);
  }
});
