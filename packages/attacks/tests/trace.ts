/** Runs an attack as training does and writes down every point at which the model was asked. */
import { type AscendProblem, ascend, crossEntropyOf, defineAttack, type StepAttack } from '@groundstate/core';
import type { FixtureTensor } from '@groundstate/testing';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';

export type Trace = {
  /** Inputs of the forward passes, in their order. */
  readonly points: Float32Array[];
  /** Cross-entropies there, `[n]` each. */
  readonly losses: Float32Array[];
  /** The rows of the state after every step, by name. */
  readonly rows: Readonly<Record<string, Float32Array>>[];
  readonly end: Float32Array;
};

export function traceOf(attack: StepAttack, problem: AscendProblem & { readonly labels: Tensor1D }): Trace {
  const { model, labels } = problem;
  const [points, losses, rows]: [Float32Array[], Float32Array[], Record<string, Float32Array>[]] = [[], [], []];
  const watched = {
    ...model,
    logits: (inputs: Tensor) => {
      const logits = model.logits(inputs);
      points.push(valuesOf(inputs));
      losses.push(valuesOf(crossEntropyOf(logits, labels)));
      return logits;
    },
  };
  const written = defineAttack({
    ...attack,
    step: (state, given, turn) => {
      const next = attack.step(state, given, turn);
      rows.push(Object.fromEntries(Object.entries(next.rows).flatMap(([name, value]) => (value ? [[name, valuesOf(value)]] : []))));
      return next;
    },
  });
  const adversarial = ascend(written, { ...problem, model: watched });
  const end = valuesOf(adversarial);
  adversarial.dispose();
  return { points, losses, rows, end };
}

/** A copy: on some backends a read is a view of memory that will be used again. */
export function valuesOf(tensor: Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync());
}

/** The largest difference to the fixture; NaN where one of them is NaN. */
export function deviation(values: readonly ArrayLike<number>[], { data }: FixtureTensor): number {
  const all = values.flatMap((part) => Array.from(part));
  if (all.length !== data.length) throw new Error(`deviation: ${all.length} values beside ${data.length}.`);
  return all.reduce((worst, value, i) => {
    const gap = Math.abs(value - data[i]!);
    return Number.isNaN(gap) ? Number.NaN : Math.max(worst, gap);
  }, 0);
}
