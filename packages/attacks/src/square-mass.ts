/**
 * Square under l2 and l1: mass of the perturbation moves out of one window into another, along a pattern of two pyramids. With the
 * pattern e, a sign s per channel, and the perturbation d cut down to the window W that mass comes into or to the union U of both:
 * d <- m unit(s e + unit(d_W)) on W, 0 on the rest of U, where m is the length of d_U and the channel's share of what the budget
 * has left; then back onto the ball: by its length under l2, by the joint projection onto ball and box under l1.
 */
import { type AttackProblem, clipToBox, euclidean, l1, type Noise, perExample } from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { layPattern, placeWindows, windowPattern } from './square-windows';

export type Images = Pick<AttackProblem, 'bounds'> & {
  /** `[n, height, width, channels]` */
  readonly clean: Tensor4D;
  readonly epsilon: number;
  readonly size: readonly [number, number, number];
};

/** What Square is under one norm. */
export interface SquareForm {
  start(images: Images, noise: Noise): Tensor;
  /** A candidate near the best image so far; `share` of the pixels may change. */
  propose(best: Tensor, images: Images, share: number, noise: Noise): Tensor;
}

interface Geometry {
  /** The length of every channel of every example, `[n, 1, 1, channels]`. */
  channelLength(delta: Tensor): Tensor;
  size(delta: Tensor): Tensor1D;
  /** The mass of a channel's window: `lengths` is what it had, `sizes` that of the whole perturbation. */
  mass(lengths: Tensor, sizes: Tensor, epsilon: number, channels: number): Tensor;
  /** Into ball and box. */
  land(delta: Tensor, images: Images): Tensor;
}

const tiny = 1e-12;

/** The form under one of the norms whose budget is a mass to be shared out. */
export function massForm(norm: 'l2' | 'l1'): SquareForm {
  const { channelLength, size, mass, land } = geometries[norm];
  return {
    start: (images, noise) => land(tiles(norm, images, noise), images),
    propose: (best, images, share, noise) => {
      const [height, width, channels] = images.size;
      const side = oddSide(share, height, width);
      const delta = tf.sub(best, images.clean);
      const into = placeWindows(noise.stream('into'), [side, side], height, width);
      const from = placeWindows(noise.stream('from'), [side, side], height, width);
      const touched = tf.sub(tf.add(into.mask, from.mask), tf.mul(into.mask, from.mask));
      const pattern = layPattern(windowPattern(side, norm), side, into, noise.stream('turn').signs([1, 1, 1]));
      const old = tf.mul(delta, into.mask);
      const fresh = tf.mul(pattern, noise.stream('sign').signs([1, 1, channels]));
      const mixed = tf.add(fresh, tf.div(old, tf.maximum(channelLength(old), tiny)));
      // In a window of one pixel the two can cancel: the new one stands alone there, or its share of the budget would be lost.
      const shape = side === 1 ? fresh : mixed;
      const moved = tf.mul(delta, touched);
      const length = mass(channelLength(moved), perExample(size(delta), delta), images.epsilon, channels);
      const filled = tf.mul(shape, tf.div(length, tf.maximum(channelLength(shape), tiny)));
      return land(tf.add(tf.sub(delta, moved), filled), images);
    },
  };
}

const geometries: Readonly<Record<'l2' | 'l1', Geometry>> = {
  l2: {
    channelLength: (delta) => tf.sqrt(tf.sum(tf.square(delta), [1, 2], true)),
    size: euclidean,
    mass: (lengths, sizes, epsilon, channels) => {
      const unused = tf.relu(tf.sub(epsilon ** 2, tf.square(sizes)));
      return tf.sqrt(tf.add(tf.div(unused, channels), tf.square(lengths)));
    },
    land: (delta, { clean, epsilon, bounds }) => {
      const stretch = tf.div(epsilon, tf.maximum(euclidean(delta), tiny)) as Tensor1D;
      return clipToBox(tf.add(clean, tf.mul(delta, perExample(stretch, delta))), bounds);
    },
  },
  l1: {
    channelLength: (delta) => tf.sum(tf.abs(delta), [1, 2], true),
    size: l1().size,
    // Every channel is given the share of all of them, as the authors do: the projection takes back the most where there is the least.
    mass: (lengths, sizes, epsilon, channels) => tf.add(tf.relu(tf.sub(epsilon, sizes)), tf.mul(lengths, channels)),
    land: (delta, { clean, epsilon, bounds }) => l1().project(tf.add(clean, delta), clean, epsilon * (1 - 1e-6), bounds),
  },
};

/** Five by five tiles of the pattern, each with a sign of its own per channel; of the size epsilon at least. */
function tiles(norm: 'l2' | 'l1', { clean, epsilon, size: [height, width, channels] }: Images, noise: Noise): Tensor {
  const side = Math.max(1, Math.floor(Math.min(height, width) / 5));
  const [down, across] = [Math.min(5, Math.floor(height / side)), Math.min(5, Math.floor(width / side))];
  const pattern = windowPattern(side, norm);
  const tile = (i: number, j: number): number => pattern[(i % side) * side + (j % side)]!;
  const canvas = Float32Array.from({ length: down * side * across * side }, (_, k) =>
    tile(Math.floor(k / (across * side)), k % (across * side)),
  );
  const signs = tf.reshape(noise.signs([down, 1, across, 1, channels]), [-1, down, 1, across, 1, channels]);
  const spread = tf.reshape(tf.tile(signs, [1, 1, side, 1, side, 1]), [-1, down * side, across * side, channels]);
  const [top, left] = [Math.floor((height - down * side) / 2), Math.floor((width - across * side) / 2)];
  const edges: [number, number][] = [
    [0, 0],
    [top, height - down * side - top],
    [left, width - across * side - left],
    [0, 0],
  ];
  const laid = tf.pad(tf.mul(tf.tensor(canvas, [1, down * side, across * side, 1]), spread), edges);
  const stretch = tf.maximum(1, tf.div(epsilon, tf.maximum(geometries[norm].size(laid), tiny))) as Tensor1D;
  return tf.mul(laid, perExample(stretch, clean));
}

/** The pattern needs an odd side of at least three, where the image has room for it. */
function oddSide(share: number, height: number, width: number): number {
  const limit = Math.min(height, width);
  const side = Math.max(3, Math.round(Math.sqrt(share * height * width)));
  const odd = side % 2 === 0 ? side + 1 : side;
  return odd <= limit ? odd : limit % 2 === 0 ? Math.max(1, limit - 1) : limit;
}
