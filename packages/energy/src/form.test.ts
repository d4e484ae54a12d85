import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { huber } from './form';
import { pathEnergy } from './path-energy';

const energies = [0, 0.01, 0.24, 0.26, 4, 1e6];
const delta = 0.5;

describe('the Huber form', () => {
  it('is the energy up to delta^2, and grows with its root beyond, with one value and one slope where they meet', () => {
    tf.tidy(() => {
      const values = huber(tf.tensor1d(energies), delta).dataSync();
      for (const [i, d] of energies.entries()) {
        const wanted = Math.sqrt(d) <= delta ? d : 2 * delta * Math.sqrt(d) - delta * delta;
        expect(Math.abs(values[i]! - wanted)).toBeLessThan(1e-6 * (1 + wanted));
      }
    });
  });

  it('has the slope min(1, delta / sqrt(D)), and a finite one where there is no energy', () => {
    tf.tidy(() => {
      const slopes = tf
        .grad((d) => tf.sum(huber(d as Tensor1D, delta)))(tf.tensor1d(energies))
        .dataSync();
      for (const [i, d] of energies.entries()) expect(slopes[i]).toBeCloseTo(Math.min(1, delta / Math.sqrt(d)), 6);
    });
  });

  it('has a delta only where it is asked for', () => {
    const adversary = { on: 'labelled' } as never;
    expect(() => pathEnergy({ adversary, huberDelta: 1 })).toThrow(
      "pathEnergy: expected `huberDelta` to be left out unless `form` is 'huber', got 1.",
    );
    expect(() => pathEnergy({ adversary, form: 'huber', huberDelta: 0 })).toThrow(
      'expected `huberDelta` to be a finite number above 0, got 0.',
    );
    expect(() => pathEnergy({ adversary, form: 'root' as never })).toThrow(
      "expected `form` to be one of 'squared', 'huber', got \"root\".",
    );
  });
});
