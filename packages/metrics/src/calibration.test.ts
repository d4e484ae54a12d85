import { describeMetric } from '@groundstate/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countTensors } from '../tests/count-tensors';
import { figuresOf, littleAttack, observation, type Row } from '../tests/observations';
import { calibration } from './calibration';

countTensors();
describeMetric(calibration, littleAttack);
describeMetric(() => calibration({ bins: 3, binning: 'equal-mass' }), littleAttack);

/** An example of this confidence: with logits (0, s) the probability of class 1 is 1 / (1 + exp(-s)), and all labels are 1. */
function example(confidence: number, right: boolean): Row {
  const lead = Math.log(confidence / (1 - confidence));
  return { logits: right ? [0, lead] : [lead, 0] };
}

describe('calibration', () => {
  it('is the gap between confidence and accuracy, bin by bin', async () => {
    // Two of four right at 0.75: gap 0.25. Four of four right at 0.9: gap 0.1. ECE 0.5 * 0.25 + 0.5 * 0.1.
    const rows = [true, true, false, false].map((right) => example(0.75, right));
    const sure = [0.9, 0.9, 0.9, 0.9].map((confidence) => example(confidence, true));
    const { clean } = await figuresOf(calibration({ bins: 10 }), observation([...rows, ...sure]));
    expect(clean?.ece).toBeCloseTo(0.175, 6);
    expect(clean?.maximum).toBeCloseTo(0.25, 6);
    expect(clean?.bins).toEqual([
      { confidence: expect.closeTo(0.75, 6), accuracy: 0.5, n: 4 },
      { confidence: expect.closeTo(0.9, 6), accuracy: 1, n: 4 },
    ]);
    expect(clean).toMatchObject({ n: 8, nonFinite: 0 });
  });

  it('measures every attack by itself', async () => {
    // Clean: sure and right. Attacked: sure (0.8) and wrong.
    const row = (): Row => ({ ...example(1 - 1e-9, true), fooled: { a: 0.1 }, attackedLogits: [Math.log(4), 0] });
    const { clean, a } = await figuresOf(calibration(), observation([row(), row()]));
    expect(clean?.ece).toBeCloseTo(0, 6);
    expect(a?.ece).toBeCloseTo(0.8, 6);
  });

  it('a bin holds its upper end and not its lower one', async () => {
    // Equal logits: confidence 1/2 exactly, the end of the first of two bins; the first class is predicted, the label is the second.
    const { clean } = await figuresOf(calibration({ bins: 2 }), observation([{ logits: [0, 0] }, example(0.51, true)]));
    expect(clean?.bins).toEqual([
      { confidence: 0.5, accuracy: 0, n: 1 },
      { confidence: expect.closeTo(0.51, 6), accuracy: 1, n: 1 },
    ]);
  });

  it('bins of equal mass hold equally many, and equal confidences together', async () => {
    const rows = [0.6, 0.65, 0.7, 0.75].map((confidence, i) => example(confidence, i % 3 === 0));
    const sure = [0.8, 0.85, 0.9, 0.95].map((confidence) => example(confidence, true));
    const metric = calibration({ bins: 2, binning: 'equal-mass' });
    // 0.675 beside 2 of 4, 0.875 beside 4 of 4: gaps 0.175 and 0.125.
    const { clean } = await figuresOf(metric, observation([...sure, ...rows]));
    expect(clean?.bins.map(({ n }) => n)).toEqual([4, 4]);
    expect(clean?.ece).toBeCloseTo(0.15, 6);
    const same = await figuresOf(metric, observation([true, false, true, true].map((right) => example(0.75, right))));
    expect(same.clean?.bins).toEqual([{ confidence: expect.closeTo(0.75, 6), accuracy: 0.75, n: 4 }]);
  });

  it('is at most `maximum`, and one bin compares the mean confidence with the accuracy', async () => {
    const rows = fc.array(fc.tuple(fc.double({ min: 0.501, max: 0.999, noNaN: true }), fc.boolean()), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rows, async (drawn) => {
        const seen = (): ReturnType<typeof observation> => observation(drawn.map(([confidence, right]) => example(confidence, right)));
        const errors: number[] = [];
        for (const bins of [1, 2, 4, 8]) {
          const { ece, maximum } = (await figuresOf(calibration({ bins }), seen())).clean!;
          expect(ece!).toBeLessThanOrEqual(maximum! + 1e-12);
          errors.push(ece!);
        }
        const mean = drawn.reduce((sum, [confidence]) => sum + confidence, 0) / drawn.length;
        expect(errors[0]).toBeCloseTo(Math.abs(mean - drawn.filter(([, right]) => right).length / drawn.length), 5);
        // Splitting a bin never lowers the sum of its gaps.
        for (const [i, error] of errors.slice(1).entries()) expect(error).toBeGreaterThanOrEqual(errors[i]! - 1e-9);
      }),
      { numRuns: 30 },
    );
  });

  it('examples without finite logits have no confidence, and are counted', async () => {
    const { clean } = await figuresOf(calibration(), observation([{ logits: [0, Number.NaN] }, { logits: [0, Number.POSITIVE_INFINITY] }]));
    expect(clean).toEqual({ ece: null, maximum: null, bins: [], n: 0, nonFinite: 2 });
  });

  it('says what is wrong with its options', () => {
    expect(() => calibration({ bins: 0 })).toThrow('calibration: expected `bins` to be an integer of at least 1, got 0.');
    expect(() => calibration({ binning: 'mass' as never })).toThrow(
      "calibration: expected `binning` to be one of 'equal-width', 'equal-mass', got \"mass\".",
    );
  });
});
