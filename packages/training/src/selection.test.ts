import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Epoch } from './history';
import { bestEpoch, checkStopOptions, robustOverfitting, type StopOptions, stoppedAfter } from './selection';

/** One entry an epoch: [robust, clean], or nothing where there was no validation. */
const epochsOf = (...seen: readonly (readonly [number, number] | undefined)[]): Epoch[] =>
  seen.map((pair, i) => ({
    epoch: i + 1,
    learningRate: 1,
    terms: {},
    ...(pair ? { validation: { robust: pair[0], clean: pair[1] } } : {}),
  }));
const robust = (...values: readonly number[]): Epoch[] => epochsOf(...values.map((value) => [value, 0.9] as const));

it('the best epoch is the most robust; of equals the one of the higher clean accuracy; of equals still the earlier', () => {
  expect(bestEpoch([])).toBeUndefined();
  expect(bestEpoch(epochsOf(undefined))).toBeUndefined();
  expect(bestEpoch(robust(0.2, 0.5, 0.4))).toEqual({ epoch: 2, robust: 0.5, clean: 0.9 });
  expect(bestEpoch(epochsOf([0.5, 0.7], [0.5, 0.8], undefined, [0.5, 0.8], [0.4, 1]))!.epoch).toBe(2);
});

it('robust overfitting is the fall from the best to the last', () => {
  expect(robustOverfitting([])).toBeUndefined();
  expect(robustOverfitting(robust(0.25, 0.75, 0.5))).toBe(0.25);
  expect(robustOverfitting(robust(0.25, 0.75))).toBe(0);
});

/** The epoch that a run over all of these would have stopped in. */
const stopOf = (epochs: Epoch[], stop: StopOptions, planned = 100): number | undefined => {
  for (let n = 1; n <= epochs.length; n++) {
    const stopped = stoppedAfter(epochs.slice(0, n), checkStopOptions(stop), planned);
    if (stopped) return stopped.epoch;
  }
  return undefined;
};

it('stops after as many epochs without a rise as it has patience', () => {
  expect(stopOf(robust(0.1, 0.3, 0.2, 0.25, 0.3, 0.1), { patience: 3 })).toBe(5);
  expect(stopOf(robust(0.1, 0.3, 0.2, 0.25, 0.31, 0.1), { patience: 3 })).toBeUndefined();
  expect(stopOf(robust(0.1, 0.1), { patience: 1 })).toBe(2);
  // Nothing to stop in the last epoch.
  expect(stopOf(robust(0.1, 0.1), { patience: 1 }, 2)).toBeUndefined();
});

it('a rise within the margin does not count, but many small ones add up', () => {
  expect(stopOf(robust(0.5, 0.55, 0.58, 0.59), { patience: 2, margin: 0.1 })).toBe(3);
  expect(stopOf(robust(0.5, 0.55, 0.65, 0.7, 0.8), { patience: 3, margin: 0.1 })).toBeUndefined();
  const [first, ...rest] = robust(0.5, 0.55, 0.58);
  expect(stoppedAfter([first!, ...rest], { patience: 2, margin: 0.1 }, 9)).toEqual({
    epoch: 3,
    reason: 'robust-overfitting',
    since: 1,
    best: { epoch: 3, robust: 0.58, clean: 0.9 },
    patience: 2,
    margin: 0.1,
  });
});

it('epochs without a validation count for the patience, and stop nothing themselves', () => {
  const every = epochsOf([0.5, 1], undefined, [0.4, 1], undefined, [0.4, 1]);
  expect(stopOf(every, { patience: 2 })).toBe(3);
  expect(stopOf(every, { patience: 3 })).toBe(5);
  expect(stoppedAfter(every, undefined, 9)).toBeUndefined();
});

it('without a margin it stops exactly when the best of all is `patience` epochs old', () => {
  const values = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 5 }), (seen, patience) => {
      const first = seen.findIndex((_, n) => n - seen.indexOf(Math.max(...seen.slice(0, n + 1))) >= patience);
      expect(stopOf(robust(...seen.map((value) => value / 6)), { patience })).toBe(first < 0 ? undefined : first + 1);
    }),
    { seed: 1, numRuns: 300 },
  );
});

it('says what is wrong with its options', () => {
  expect(() => checkStopOptions({ patience: 0 })).toThrow('fit: expected `stop.patience` to be an integer of at least 1, got 0.');
  expect(() => checkStopOptions({ patience: 1, margin: -1 })).toThrow('fit: expected `stop.margin` to be a finite number of at least 0');
  expect(() => checkStopOptions({ patience: 1, epochs: 2 } as StopOptions)).toThrow("expected `option` to be one of 'patience', 'margin'");
});
