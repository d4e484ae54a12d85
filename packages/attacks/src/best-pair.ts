/**
 * The two coordinates p, q for which (a_p + a_q)(b_p + b_q) is largest, both sums positive. There are d (d - 1) / 2 pairs; they are
 * looked at a tile at a time, so that no matrix of all pairs is ever held.
 */
import { chooser, flatten } from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** What was found, by example: 1 in `found` where there is such a pair at all, and both coordinates as ones in `coordinates`. */
export type BestPair = { readonly found: Tensor1D; readonly coordinates: Tensor2D };

type Leader = { readonly score: Tensor1D; readonly p: Tensor1D; readonly q: Tensor1D };

/** Numbers in a tile: some megabytes, and not so few that starting operations is what takes the time. */
const usualTile = 2 ** 20;
/** Below every sum of a coordinate that is free and one that is not: both are at most 1. */
const excluded = -3;
const tiny = 1e-30;

/** Both `[n, d]`; only coordinates where `free` is 1 count. Of equal pairs the first, whatever the size of a tile. */
export function bestPair(first: Tensor2D, second: Tensor2D, free: Tensor2D, tile: number = usualTile): BestPair {
  const [n, d] = first.shape;
  if (d < 2) return { found: tf.zeros([n]), coordinates: tf.zeros([n, d]) };
  const [a, b] = [comparable(first, free), comparable(second, free)];
  let leader: Leader = { score: tf.zeros([n]), p: tf.zeros([n]), q: tf.zeros([n]) };
  for (let start = 0; start < d - 1; ) {
    // Pairs with q <= p are those of an earlier row the other way round.
    const rest = d - start;
    const rows = Math.min(rest, Math.max(1, Math.floor(tile / (n * rest))));
    leader = better(bestOfTile(a, b, start, rows), leader);
    start += rows;
  }
  const ones = (index: Tensor1D): Tensor => tf.cast(tf.oneHot(tf.cast(index, 'int32'), d), 'float32');
  const found = tf.cast(tf.greater(leader.score, 0), 'float32') as Tensor1D;
  const coordinates = tf.mul(tf.add(ones(leader.p), ones(leader.q)), tf.reshape(found, [-1, 1])) as Tensor2D;
  return { found, coordinates };
}

/** At most 1 in size: products neither overflow nor vanish, and the order of pairs is what it was. */
function comparable(values: Tensor2D, free: Tensor2D): Tensor2D {
  const scale = tf.maximum(tf.max(tf.abs(flatten(values)), 1, true), tiny);
  return tf.add(tf.mul(tf.div(values, scale), free), tf.mul(tf.sub(1, free), excluded)) as Tensor2D;
}

function bestOfTile(a: Tensor2D, b: Tensor2D, start: number, rows: number): Leader {
  const [n, d] = a.shape;
  const rest = d - start;
  const sums = (values: Tensor2D): Tensor =>
    tf.relu(
      tf.add(
        tf.reshape(tf.slice(values, [0, start], [n, rows]), [n, rows, 1]),
        tf.reshape(tf.slice(values, [0, start], [n, rest]), [n, 1, rest]),
      ),
    );
  const places = (count: number, shape: number[]): Tensor => tf.reshape(tf.range(0, count), shape);
  const after = tf.cast(tf.greater(places(rest, [1, 1, rest]), places(rows, [1, rows, 1])), 'float32');
  const scores = tf.reshape(tf.mul(tf.mul(sums(a), sums(b)), after), [n, rows * rest]);
  const place = tf.cast(tf.argMax(scores, 1), 'float32') as Tensor1D;
  const row = tf.floor(tf.div(tf.add(place, 0.5), rest)) as Tensor1D;
  return {
    score: tf.max(scores, 1) as Tensor1D,
    p: tf.add(row, start) as Tensor1D,
    q: tf.add(tf.sub(place, tf.mul(row, rest)), start) as Tensor1D,
  };
}

function better(challenger: Leader, leader: Leader): Leader {
  const ahead = tf.cast(tf.greater(challenger.score, leader.score), 'float32') as Tensor1D;
  const pick = chooser(ahead, ahead);
  return { score: pick(challenger.score, leader.score), p: pick(challenger.p, leader.p), q: pick(challenger.q, leader.q) };
}
