import { linf } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contenders } from './contenders';
import { drawTrials } from './draw-trials';

const byName = (name: string) => contenders.find((contender) => contender.name === name)!;

describe('drawTrials', () => {
  it('tries what is usual first, and then every part of each range once, on a logarithmic scale', () => {
    fc.assert(
      fc.property(fc.constantFrom(...contenders), fc.integer({ min: 2, max: 9 }), fc.nat(1000), (contender, trials, seed) => {
        const drawn = drawTrials(contender, trials, seed);
        expect(drawn.length).toBe(trials);
        for (const [name, { low, high, usual }] of Object.entries(contender.ranges)) {
          expect(drawn[0]![name]).toBe(usual);
          const parts = drawn.slice(1).map((settings) => ((trials - 1) * Math.log(settings[name]! / low)) / Math.log(high / low));
          // Three digits may move a draw over the border of its part, by less than a hundredth of the smallest range.
          const order = [...parts].sort((a, b) => a - b);
          for (const [i, part] of order.entries()) {
            expect(part).toBeGreaterThan(i - 0.1);
            expect(part).toBeLessThan(i + 1.1);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives all contenders the same learning rates and balls, and D_1 and D_2 the same of everything', () => {
    const [pgd, trades] = ['pgd-at', 'trades'].map((name) => drawTrials(byName(name), 5, 3));
    for (const [i, settings] of pgd!.entries()) expect(trades![i]).toMatchObject(settings);
    expect(drawTrials(byName('energy-d1'), 5, 3)).toEqual(drawTrials(byName('energy-d2'), 5, 3));
    expect(drawTrials(byName('energy-d1'), 5, 4)).not.toEqual(drawTrials(byName('energy-d1'), 5, 3));
  });

  it('makes a defence of every trial, and leaves no tensors', () => {
    const before = tf.memory().numTensors;
    for (const contender of contenders) {
      for (const settings of drawTrials(contender, 3, 0)) {
        const norm = contender.name === 'vat' ? undefined : linf();
        if (norm) expect(contender.build(settings, { norm, epsilon: 0.1 }).objective.terms.length).toBeGreaterThan(0);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
