/**
 * A last look at what the view gives for two inputs: probabilities are refused whatever the structure or the user says.
 */
import { type Bounds, expected, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LogitsView } from './logits-view';

const owner = 'fromLayersModel';
/** float32 rounding of a sum of a thousand probabilities stays below this. */
const tolerance = 1e-4;

export function probeLogits(view: LogitsView, inputShape: readonly number[], bounds: Bounds): void {
  const { values, classes } = read(view, inputShape, bounds);
  if (values === undefined) {
    if (view.recognised) return;
    throw new GroundstateError(
      'unsupported',
      `${owner}: expected \`head\` to be checkable, got 'logits' on the backend ${tf.getBackend()}, which cannot be read synchronously. Make the model while another backend is set, for instance with tf.setBackend('cpu'), then change over.`,
    );
  }
  if (classes !== view.classes) throw expected(owner, 'model', `a classifier with ${view.classes} outputs`, `${classes} outputs`);
  if (!values.every(Number.isFinite)) {
    const advice = 'Its weights, or its scale at the middle of `bounds`, overflow: check that training has not diverged.';
    throw expected(owner, 'model', 'a model with finite logits', 'NaN or infinity for a plain input', advice);
  }
  if (looksLikeProbabilities(values.slice(0, classes)) && looksLikeProbabilities(values.slice(classes))) {
    const advice = 'Attacks on probabilities meet vanishing gradients and overstate robustness. Return the values before the softmax.';
    throw expected(owner, 'model', 'a model whose output is logits', 'probabilities (within [0, 1], sum 1)', advice);
  }
}

function looksLikeProbabilities(row: readonly number[]): boolean {
  const sum = row.reduce((total, value) => total + value, 0);
  return Math.abs(sum - 1) < tolerance && row.every((value) => value >= -tolerance && value <= 1 + tolerance);
}

/** Logits of an input at the middle of the bounds and of a patterned one. No values where the backend reads asynchronously only. */
function read(view: LogitsView, inputShape: readonly number[], bounds: Bounds): { values: number[] | undefined; classes: number } {
  const [lower, upper] = finiteRange(bounds);
  const size = tf.util.sizeFromShape([...inputShape]);
  const pixels = new Float32Array(2 * size).fill((lower + upper) / 2, 0, size);
  // Multiples of the golden ratio, modulo 1: spread out evenly without a generator.
  for (let index = 0; index < size; index++) pixels[size + index] = lower + (upper - lower) * ((index * 0.618034) % 1);
  return tf.tidy(() => {
    const logits = view.forward(tf.tensor(pixels, [2, ...inputShape]), { training: false });
    let values: number[] | undefined;
    try {
      values = Array.from(logits.dataSync());
    } catch {
      values = undefined;
    }
    return { values, classes: logits.shape[1] ?? 0 };
  });
}

function finiteRange([lower, upper]: Bounds): Bounds {
  if (Number.isFinite(lower)) return [lower, Number.isFinite(upper) ? upper : lower + 1];
  return Number.isFinite(upper) ? [upper - 1, upper] : [-1, 1];
}
