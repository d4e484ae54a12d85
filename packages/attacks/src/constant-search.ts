/**
 * The search for the weight c of an objective distance + c * shortfall: tenfold while nothing has fooled the model, then by halves
 * of the bracket between the largest c that failed and the smallest that did not. Every example has a search of its own.
 */
import { choose } from '@groundstate/core';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Each `[n]`. `upper` is `endless` until something has fooled the model. */
export type ConstantSearch = { readonly constant: Tensor1D; readonly lower: Tensor1D; readonly upper: Tensor1D };

/** In place of infinity: float32 arithmetic on it must stay finite. */
export const endless = 1e30;
const largestConstant = 1e10;
/** From so many rounds on, the last repeats the top of the bracket, which is known to fool the model. */
const manyRounds = 10;

export function startSearch(examples: number, constant: number): ConstantSearch {
  const all = (value: number): Tensor1D => tf.fill([examples], value) as Tensor1D;
  return { constant: all(constant), lower: all(0), upper: all(endless) };
}

/** The bracket and c after a round. `found`: 1 where the round fooled the model; `round`: its number, from 0, each `[n]`. */
export function nextConstant({ constant, lower, upper }: ConstantSearch, found: Tensor1D, round: Tensor1D, rounds: number): ConstantSearch {
  const next = { lower: choose(found, lower, constant), upper: choose(found, constant, upper) };
  const bracketed = tf.cast(tf.less(next.upper, endless), 'float32') as Tensor1D;
  const middle = tf.mul(0.5, tf.add(next.lower, next.upper)) as Tensor1D;
  const searched = choose(bracketed, middle, tf.mul(constant, 10) as Tensor1D);
  if (rounds < manyRounds) return { ...next, constant: searched };
  const isLast = tf.cast(tf.greaterEqual(round, rounds - 2), 'float32') as Tensor1D;
  return { ...next, constant: choose(isLast, tf.minimum(next.upper, largestConstant) as Tensor1D, searched) };
}
