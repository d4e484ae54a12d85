/**
 * The ends of the paths: projected steepest ascent of the compiled loss from a random start, over all the inputs that may
 * move, each in a ball of its own. The final iterate, whether or not it fools the model.
 */
import { type Bounds, freeFailedTape, type Noise, type Norm } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { refusal } from './refusal';

/** An input that may move. */
export type Movable = { readonly name: string; readonly input: Tensor; readonly epsilon: number; readonly bounds: Bounds };

export type Ascent = {
  readonly norm: Norm;
  readonly steps: number;
  readonly noise: Noise;
  /** The summed loss of the batch at the movable inputs. */
  readonly loss: (...candidates: Tensor[]) => Scalar;
};

/** One end an input, the shapes of the inputs. Not to be called on a tape. */
export function pathEnds(owner: string, movable: readonly Movable[], { norm, steps, noise, loss }: Ascent): Tensor[] {
  const gradients = tf.grads(loss as (...inputs: Tensor[]) => Tensor);
  const project = (candidate: Tensor, { input, epsilon, bounds }: Movable): Tensor => norm.project(candidate, input, epsilon, bounds);
  // By number: tfjs-layers counts the names of inputs through the process.
  const start = (): Tensor[] =>
    movable.map((one, index) => project(norm.sample(one.input, one.epsilon, noise.stream('start', index)), one));
  const step = (ends: readonly Tensor[]): Tensor[] => {
    const slopes = withWords(owner, movable, () => freeFailedTape(() => gradients([...ends])));
    return movable.map((one, index) => {
      const [end, slope] = [ends[index]!, finite(slopes[index]!)];
      return project(tf.add(end, tf.mul(norm.steepest(slope, end, one.bounds), (2.5 * one.epsilon) / steps)), one);
    });
  };
  let ends = tf.tidy(start);
  for (let taken = 0; taken < steps; taken++) {
    const before = ends;
    try {
      ends = tf.tidy(() => step(before));
    } finally {
      tf.dispose(before);
    }
  }
  return ends;
}

/** A coordinate whose gradient is not finite is treated as flat, so that it cannot spoil the others. */
function finite(gradient: Tensor): Tensor {
  return tf.where(tf.isFinite(gradient), gradient, tf.zerosLike(gradient));
}

function withWords<T>(owner: string, movable: readonly Movable[], compute: () => T): T {
  try {
    return compute();
  } catch (cause) {
    if (!(cause instanceof Error && /Cannot compute gradient|Error in gradient for op Gather/.test(cause.message))) throw cause;
    const names = movable.map(({ name }) => name).join(', ');
    const advice = 'Indices, as of an embedding, have none: give such an input epsilon 0, as in epsilon: { words: 0, image: 0.5 }.';
    throw refusal(owner, 'loss', `differentiable in the inputs ${names}`, 'one without a gradient', advice, { code: 'unsupported', cause });
  }
}
