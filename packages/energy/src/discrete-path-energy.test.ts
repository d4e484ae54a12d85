import { createNoise, klOf } from '@groundstate/core';
import { linearModel, smoothModel, waveModel } from '@groundstate/testing';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { discretePathEnergy, pathLosses, pathVariation } from './discrete-path-energy';

/** Losses at some of the points only: a coarser path through the same ones. */
const coarse = (losses: readonly Tensor1D[], segments: number): Tensor1D[] =>
  losses.filter((_, i) => i % ((losses.length - 1) / segments) === 0);
const energies = (losses: readonly Tensor1D[]): Float32Array[] => [1, 2, 4, 8].map((k) => read(discretePathEnergy(coarse(losses, k))));
const read = (tensor: Tensor): Float32Array => Float32Array.from(tensor.dataSync());
const close = (value: number, wanted: number): void => expect(Math.abs(value - wanted)).toBeLessThan(1e-5 * (1 + Math.abs(wanted)));
const atMost = (small: number, large: number): void => expect(small).toBeLessThanOrEqual(large + 1e-5 * (1 + Math.abs(large)));

/** What is asserted for every example of a random path through a random network. */
function onRandomPaths(check: (path: { losses: Tensor1D[]; logits: Tensor2D[]; perLabel: Tensor1D[][] }) => void): void {
  const ids = Int32Array.from({ length: 5 }, (_, i) => i);
  fc.assert(
    fc.property(fc.nat(1e6), fc.double({ min: 0.01, max: 1, noNaN: true }), (seed, length) => {
      const model = smoothModel({ seed });
      tf.tidy(() => {
        const noise = createNoise(seed, ids);
        const inputs = noise.stream('from').uniform([6]);
        const end = tf.add(inputs, tf.mul(tf.sub(noise.stream('to').uniform([6]), inputs), length));
        const along = (labels: Tensor1D): Tensor1D[] => pathLosses(model, { inputs, end, labels, segments: 8, mode: 'inference' });
        check({
          losses: along(tf.cast(tf.floor(tf.mul(noise.stream('label').uniform([]), 3)), 'int32') as Tensor1D),
          logits: [model.logits(inputs), model.logits(end)],
          perLabel: [0, 1, 2].map((label) => along(tf.fill([5], label, 'int32') as Tensor1D)),
        });
      });
      model.dispose();
    }),
    { numRuns: 40 },
  );
}

describe('on every path', () => {
  it('the squared gap is D_1, the gap is TV_1, and refining lowers neither', () => {
    onRandomPaths(({ losses }) => {
      const gap = read(tf.sub(losses[8]!, losses[0]!));
      const [d, tv] = [energies(losses), [1, 2, 4, 8].map((k) => read(pathVariation(coarse(losses, k))))];
      for (const [row, value] of gap.entries()) {
        close(d[0]![row]!, value ** 2);
        close(tv[0]![row]!, Math.abs(value));
        for (const k of [1, 2, 3]) {
          atMost(d[k - 1]![row]!, d[k]![row]!);
          atMost(tv[k - 1]![row]!, tv[k]![row]!);
        }
      }
    });
  });

  it('D_2 adds the squared second difference, which an end point cannot show', () => {
    onRandomPaths(({ losses: [start, , , , middle, , , , end], losses }) => {
      const second = read(tf.square(tf.add(tf.sub(start!, tf.mul(2, middle!)), end!)));
      const [d1, d2] = energies(losses);
      for (const [row, value] of second.entries()) close(d2![row]! - d1![row]!, value);
    });
  });

  it('the divergence of the prediction is the gap of its own loss, and D_K averaged over labels bounds its square', () => {
    onRandomPaths(({ logits, perLabel }) => {
      const shares = tf.unstack(tf.softmax(logits[0]!), 1) as Tensor1D[];
      const average = (values: readonly Tensor1D[]): Tensor1D =>
        tf.addN(values.map((value, label) => tf.mul(value, shares[label]!))) as Tensor1D;
      const virtual = Array.from({ length: 9 }, (_, point) => average(perLabel.map((losses) => losses[point]!)));
      const divergence = read(klOf(logits[0]!, logits[1]!));
      const gap = read(tf.sub(virtual[8]!, virtual[0]!));
      for (const k of [1, 2, 4, 8]) {
        const mean = read(average(perLabel.map((losses) => discretePathEnergy(coarse(losses, k)))));
        const ofMean = read(discretePathEnergy(coarse(virtual, k)));
        for (const [row, value] of divergence.entries()) {
          close(gap[row]!, value);
          atMost(value ** 2, ofMean[row]!);
          atMost(ofMean[row]!, mean[row]!);
        }
      }
    });
  });
});

describe('a loss that comes back to where it was', () => {
  it('l = A sin^2(pi t) has D_1 = 0, D_2 = D_4 = 4 A^2 and the limit pi^2 A^2 / 2', () => {
    const amplitude = 1.5;
    const sampled = (segments: number): number => {
      const at = (k: number): Tensor1D => tf.tensor1d([amplitude * Math.sin((Math.PI * k) / segments) ** 2]);
      return read(discretePathEnergy(Array.from({ length: segments + 1 }, (_, k) => at(k))))[0]!;
    };
    expect(sampled(1)).toBeLessThan(1e-12);
    close(sampled(2), 4 * amplitude ** 2);
    close(sampled(4), 4 * amplitude ** 2);
    // For K > 2 the sum is K^2 sin^2(pi / K) A^2 / 2.
    close(sampled(8), 32 * Math.sin(Math.PI / 8) ** 2 * amplitude ** 2);
    expect(Math.abs(sampled(256) / ((Math.PI ** 2 * amplitude ** 2) / 2) - 1)).toBeLessThan(1e-3);
  });

  it('is nothing to adversarial training at the end of the path, and something to the energy', () => {
    // One period of a wave: the lead is 1 at both ends and -1 in the middle, for label 1.
    const path = {
      inputs: tf.zeros([1, 1]),
      end: tf.fill([1, 1], 0.5),
      labels: tf.ones([1], 'int32') as Tensor1D,
      mode: 'inference' as const,
    };
    const losses = pathLosses(waveModel(1, 2, 0), { ...path, segments: 8 });
    const [d1, d2] = energies(losses);
    close(read(losses[8]!)[0]!, read(losses[0]!)[0]!);
    expect(d1![0]).toBeLessThan(1e-10);
    // log(1 + e) - log(1 + 1/e) = 1: up by one and down by one, times two.
    close(d2![0]!, 4);
  });
});

describe('pathLosses', () => {
  it('goes through the points x + k r / K in a straight line, ends included', () => {
    const losses = pathLosses(linearModel([1, -2], 0.5), {
      inputs: tf.tensor2d([[0.5, 0.5]]),
      end: tf.tensor2d([[0.25, 0.75]]),
      labels: tf.ones([1], 'int32') as Tensor1D,
      segments: 3,
      mode: 'inference',
    });
    // The lead goes from 0 to -0.75.
    for (const [k, loss] of losses.entries()) close(read(loss)[0]!, Math.log1p(Math.exp(0.25 * k)));
    expect(losses.length).toBe(4);
  });

  it('needs two points for an energy', () => {
    expect(() => discretePathEnergy([tf.zeros([2]) as Tensor1D])).toThrow(
      'discretePathEnergy: expected `losses` to be at least two points, got 1.',
    );
    expect(() => pathVariation([])).toThrow('pathVariation: expected `losses` to be at least two points, got 0.');
  });
});
