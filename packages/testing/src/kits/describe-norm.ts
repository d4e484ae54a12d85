/** The laws that every norm obeys. */
import { createNoise, type Norm } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { leakedTensors } from './leaks';

const ids = Int32Array.from([3, 1, 4, 15]);
const noise = createNoise(7, ids).stream('describe-norm');
const shape = [3, 3, 1];

export function describeNorm(make: () => Norm): void {
  const norm = make();
  describe(`${norm.name} keeps the contract of a norm`, () => {
    const within = async (delta: Tensor, radius: number): Promise<void> => {
      for (const size of await norm.size(delta).data()) expect(size).toBeLessThanOrEqual(radius * (1 + 1e-5) + 1e-6);
    };
    const make = (): { center: Tensor; far: Tensor } => ({
      center: noise.stream('center').uniform(shape),
      far: noise.stream('far').uniform(shape, [-2, 3]),
    });

    for (const radius of [0, 0.05, 0.7, 30]) {
      it(`projects into the ball of radius ${radius} and into the box, and what it projected stays`, async () => {
        const { center, far } = make();
        const projected = norm.project(far, center, radius, [0, 1]);
        await within(tf.sub(projected, center), radius);
        for (const value of await projected.data()) expect(value >= 0 && value <= 1).toBe(true);
        const again = await norm.project(projected, center, radius, [0, 1]).data();
        const once = await projected.data();
        for (const [i, value] of again.entries()) expect(Math.abs(value - once[i]!)).toBeLessThan(1e-5);
      });
    }

    it('leaves points of ball and box where they are', async () => {
      const { center } = make();
      const near = tf.clipByValue(tf.add(center, 1e-4), 0, 1);
      const projected = await norm.project(near, center, 10, [0, 1]).data();
      const original = await near.data();
      for (const [i, value] of projected.entries()) expect(Math.abs(value - original[i]!)).toBeLessThan(1e-6);
    });

    it('takes a radius per example', async () => {
      const { center, far } = make();
      const radii = tf.tensor1d([0, 0.1, 0.2, 0.4]);
      const sizes = await norm.size(tf.sub(norm.project(far, center, radii, [0, 1]), center)).data();
      for (const [i, radius] of [0, 0.1, 0.2, 0.4].entries()) expect(sizes[i]).toBeLessThanOrEqual(radius * (1 + 1e-5) + 1e-6);
    });

    it('draws samples inside the ball that fill it, row by row the same', async () => {
      const { center } = make();
      const drawn = norm.sample(center, 0.5, noise.stream('sample'));
      await within(tf.sub(drawn, center), 0.5);
      const sizes = await norm.size(tf.sub(drawn, center)).data();
      expect(Math.max(...sizes)).toBeGreaterThan(0.25);
      const kept = Int32Array.from([2]);
      const alone = norm.sample(tf.gather(center, tf.tensor1d(kept, 'int32')), 0.5, noise.stream('sample').rows(kept));
      const whole = await drawn.data();
      for (const [i, value] of (await alone.data()).entries()) expect(value).toBe(whole[18 + i]);
    });

    it('steps by a size of at most one, uphill, and not at all where the gradient is zero', async () => {
      const { center } = make();
      const gradient = noise.stream('gradient').normal(shape);
      const step = norm.steepest(gradient, center, [0, 1]);
      await within(step, 1);
      for (const rise of await tf.sum(tf.reshape(tf.mul(step, gradient), [ids.length, -1]), 1).data()) expect(rise).toBeGreaterThan(0);
      for (const value of await norm.steepest(tf.zerosLike(gradient), center, [0, 1]).data()) expect(Math.abs(value)).toBe(0);
    });

    it('sees gradients far below the square root of the smallest float', async () => {
      const faint = tf.fill([1, ...shape], 1e-25);
      expect((await norm.size(norm.steepest(faint, tf.fill([1, ...shape], 0.5), [0, 1])).data())[0]).toBeCloseTo(1, 4);
      expect((await norm.dualSize(faint).data())[0]).toBeGreaterThan(0);
    });

    it('bounds the slope by its dual: <g, d> <= dualSize(g) size(d)', async () => {
      const gradient = noise.stream('gradient').normal(shape);
      const delta = noise.stream('delta').normal(shape);
      const inner = await tf.sum(tf.reshape(tf.mul(gradient, delta), [ids.length, -1]), 1).data();
      const bound = await (tf.mul(norm.dualSize(gradient), norm.size(delta)) as Tensor1D).data();
      for (const [i, value] of inner.entries()) expect(Math.abs(value)).toBeLessThanOrEqual(bound[i]! * (1 + 1e-5));
    });

    it('leaks no tensors inside a tidy', async () => {
      const leaked = await leakedTensors(() =>
        tf.tidy(() => {
          const { center, far } = make();
          norm.project(norm.sample(center, 0.3, noise), center, 0.3, [0, 1]);
          norm.steepest(far, center, [0, 1]);
        }),
      );
      expect(leaked).toBe(0);
    });
  });
}
