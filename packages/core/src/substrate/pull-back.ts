/**
 * Several backward passes through one forward pass. tfjs frees what the tape has saved after the first one, and would run the
 * function again for the next; here what was recorded is kept for as long as it is used.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

interface TapeNode {
  readonly saved?: readonly Tensor[];
}
interface TapeEngine {
  readonly state: { activeTape?: TapeNode[] | null; readonly gradientDepth: number };
  startTape(): void;
  endTape(): void;
  gradients(f: () => Tensor, xs: readonly Tensor[], dy: Tensor): { readonly grads: readonly Tensor[] };
}

/**
 * The value of `forward` at `x`, handed to `use` with a function that pulls a slope, of the value's shape, back to `x`: as many
 * times as one likes, but only inside `use`. Must not be called on a tape.
 */
export function pullBackThrough<Value extends Tensor, Result>(
  forward: (x: Tensor) => Value,
  x: Tensor,
  use: (value: Value, pullBack: (slope: Tensor) => Tensor) => Result,
): Result {
  const engine = tf.engine() as unknown as TapeEngine;
  if (engine.state.gradientDepth > 0) throw new Error('pullBackThrough: a gradient is being taken already.');
  // A copy: `x` may be the very tensor of the inputs, on which something else on the tape may depend.
  const from = tf.clone(x);
  let tape: readonly TapeNode[] = [];
  try {
    engine.startTape();
    let value: Value;
    try {
      value = tf.tidy(() => forward(from));
    } finally {
      tape = engine.state.activeTape ?? [];
      engine.endTape();
      engine.state.activeTape = null;
    }
    // Nodes that own nothing: what they have saved outlives every single pass.
    const lent = tape.map((node) => ({ ...node, saved: [] }));
    const pullBack = (slope: Tensor): Tensor => {
      const recall = (): Tensor => {
        engine.state.activeTape = [...lent];
        return value;
      };
      return engine.gradients(recall, [from], slope).grads[0]!;
    };
    return use(value, pullBack);
  } finally {
    for (const { saved } of tape) tf.dispose([...(saved ?? [])]);
    from.dispose();
  }
}
