import { createNoise, type Noise } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Augmentation, describeAugmentation } from './augmentation';
import { composed } from './composed';
import { horizontalFlip } from './horizontal-flip';
import { type RandomCropOptions, randomCrop } from './random-crop';
import { type RandomShiftOptions, randomShift } from './random-shift';

let tensorsBefore = 0;
beforeEach(() => {
  tensorsBefore = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(tensorsBefore));

const shape = [4, 5, 2] as const;
const size = 4 * 5 * 2;
/** Image i of every batch that holds it: distinct values between 0 and 1, none of them 0.5. */
const imageOf = (id: number): number[] => Array.from({ length: size }, (_, i) => Math.fround(((id * 31 + i * 7) % 101) / 103));
const noiseOf = (ids: readonly number[], epoch = 0): Noise => createNoise(5, Int32Array.from(ids)).stream('augmentation', epoch);

function run(augmentation: Augmentation, ids: readonly number[], epoch = 0): number[][] {
  const values = tf.tidy(() => {
    const inputs = tf.tensor(ids.flatMap(imageOf), [ids.length, ...shape]);
    const changed = augmentation(inputs, noiseOf(ids, epoch));
    expect([changed.shape, changed.dtype]).toEqual([inputs.shape, 'float32']);
    return Array.from(changed.dataSync());
  });
  return ids.map((_, row) => values.slice(row * size, (row + 1) * size));
}

const kinds: readonly (readonly [string, Augmentation])[] = [
  ['randomShift', randomShift({ pixels: 2, fill: 0.5 })],
  ['randomCrop', randomCrop({ padding: 1, fill: 0.5 })],
  ['horizontalFlip', horizontalFlip()],
  ['composed', composed(randomShift({ pixels: 1 }), horizontalFlip())],
];
const ids = Array.from({ length: 40 }, (_, i) => 3 * i);

describe.each(kinds)('%s', (_name, augmentation) => {
  it('gives an example the same image in every batch, and another one in another epoch', () => {
    const whole = run(augmentation, ids);
    for (const some of [[ids[7]!], [...ids].reverse(), ids.slice(3, 9)]) {
      expect(run(augmentation, some)).toEqual(some.map((id) => whole[ids.indexOf(id)]));
    }
    const next = run(augmentation, ids, 1);
    expect(next.filter((image, i) => image.join() !== whole[i]!.join()).length).toBeGreaterThan(5);
  });

  it('stays within the bounds, and makes every image of its own pixels and the fill', () => {
    for (const [i, image] of run(augmentation, ids).entries()) {
      const own = new Set([0, 0.5, ...imageOf(ids[i]!)]);
      expect(image.filter((value) => !own.has(value))).toEqual([]);
    }
  });
});

/** The pixel of the first channel, by hand. */
const at = (image: readonly number[], y: number, x: number, channel = 0): number | undefined =>
  y < 0 || y >= 4 || x < 0 || x >= 5 ? undefined : image[(y * 5 + x) * 2 + channel];

it('a shift takes every pixel from the same distance, and every shift occurs as often', () => {
  const many = Array.from({ length: 2500 }, (_, i) => i);
  const counts = new Map<string, number>();
  for (const [id, image] of run(randomShift({ pixels: 2, fill: 0.5 }), many).entries()) {
    const found: string[] = [];
    for (let down = -2; down <= 2; down++) {
      for (let right = -2; right <= 2; right++) {
        const fits = image.every((value, i) => {
          const [y, x] = [Math.floor(i / 10), Math.floor(i / 2) % 5];
          return value === (at(imageOf(id), y + down, x + right, i % 2) ?? 0.5);
        });
        if (fits) found.push(`${down} ${right}`);
      }
    }
    expect(found).toHaveLength(1);
    counts.set(found[0]!, (counts.get(found[0]!) ?? 0) + 1);
  }
  // 25 shifts, 100 times each on average, with a standard deviation of 9.8: five of them are never exceeded.
  expect(counts.size).toBe(25);
  for (const count of counts.values()) expect(Math.abs(count - 100)).toBeLessThan(50);
});

it('a crop is a window of the padded image, each of nine as often', () => {
  const many = Array.from({ length: 900 }, (_, i) => i);
  const seen = new Map<string, number>();
  for (const [i, image] of run(randomCrop({ padding: 1, fill: 0.5 }), many).entries()) {
    const padded = (y: number, x: number): number => at(imageOf(i), y, x) ?? 0.5;
    const offsets = [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => [down, right] as const));
    const places = [0, 1, 2, 3].flatMap((y) => [0, 1, 2, 3, 4].map((x) => [y, x] as const));
    const fitting = offsets.filter(([down, right]) => places.every(([y, x]) => at(image, y, x) === padded(y + down, x + right)));
    expect(fitting).toHaveLength(1);
    seen.set(fitting.join(), (seen.get(fitting.join()) ?? 0) + 1);
  }
  // A hundred each; five standard deviations are 47.
  expect(seen.size).toBe(9);
  for (const count of seen.values()) expect(Math.abs(count - 100)).toBeLessThan(47);
});

it('a shift by more than the image leaves the fill alone', () => {
  const far = Array.from({ length: 30 }, (_, i) => i);
  const images = run(randomShift({ pixels: 50, fill: 0.25 }), far);
  expect(images.filter((image) => image.every((value) => value === 0.25)).length).toBeGreaterThan(20);
});

it('a flip mirrors every row, or nothing, half of the time', () => {
  const many = Array.from({ length: 400 }, (_, i) => i);
  let flipped = 0;
  for (const [id, image] of run(horizontalFlip(), many).entries()) {
    const mirrored = imageOf(id).map((_, i) => at(imageOf(id), Math.floor(i / 10), 4 - (Math.floor(i / 2) % 5), i % 2));
    if (image.join() === mirrored.join()) flipped++;
    else expect(image).toEqual(imageOf(id));
  }
  // 200 on average, with a standard deviation of 10.
  expect(Math.abs(flipped - 200)).toBeLessThan(50);
});

it('the members of a composition draw from streams of their own', () => {
  // Two flips of one stream would undo each other in every image.
  const twice = run(composed(horizontalFlip(), horizontalFlip()), ids);
  expect(twice.filter((image, i) => image.join() !== imageOf(ids[i]!).join()).length).toBeGreaterThan(5);
  expect(run(composed(), ids)).toEqual(ids.map(imageOf));
});

it('they are described with their settings, and say what is wrong', () => {
  expect(kinds.map(([, augmentation]) => describeAugmentation(augmentation))).toEqual([
    'random-shift(2, 0.5)',
    'random-shift(1, 0.5)',
    'horizontal-flip',
    'random-shift(1, 0), then horizontal-flip',
  ]);
  expect(describeAugmentation(randomCrop({ padding: 4 }))).toBe('random-shift(4, 0)');
  const brighter = (inputs: Tensor): Tensor => tf.mul(inputs, 1);
  expect(describeAugmentation(brighter)).toBe('brighter');
  expect(() => randomCrop({ padding: 0 })).toThrow('randomCrop: expected `padding` to be an integer of at least 1, got 0.');
  expect(() => randomCrop({ pixels: 1 } as unknown as RandomCropOptions)).toThrow('expected `option` to be one of');
  expect(() => randomShift({ pixels: 0 })).toThrow('randomShift: expected `pixels` to be an integer of at least 1, got 0.');
  expect(() => randomShift({ pixels: 1, full: 1 } as RandomShiftOptions)).toThrow('expected `option` to be one of');
  expect(() => tf.tidy(() => horizontalFlip()(tf.zeros([2, 3]), noiseOf([1, 2])))).toThrow(
    'horizontalFlip: expected `inputs` to be images of shape [n, height, width, channels], got a float32 tensor of shape [2,3].',
  );
});
