/**
 * Mends the gradient of a gradient. tfjs records a copy of an op's saved output before the op itself, and later drops the
 * path through that copy: second derivatives through tanh, sigmoid, exp, softmax, ... come out wrong without a word.
 * This moves such copies behind the op that makes their input.
 */
import * as tf from '@tensorflow/tfjs-core';

interface TapeNode {
  readonly inputs: Readonly<Record<string, { readonly id: number } | undefined>>;
  readonly outputs: readonly { readonly id: number }[];
}
interface TapeEngine {
  addTapeNode(name: string, inputs: object, outputs: readonly { readonly id: number }[], ...rest: unknown[]): void;
  readonly state: { readonly activeTape?: TapeNode[] };
}

const mark: unique symbol = Symbol.for('groundstate.tape-order') as never;

/** Idempotent, also over several copies of this package. */
export function mendTapeOrder(): void {
  const prototype = Object.getPrototypeOf(tf.engine()) as TapeEngine & { [mark]?: true };
  if (prototype[mark]) return;
  prototype[mark] = true;
  const add = prototype.addTapeNode;
  prototype.addTapeNode = function (this: TapeEngine, name, inputs, outputs, ...rest) {
    add.call(this, name, inputs, outputs, ...rest);
    const tape = this.state.activeTape;
    if (!tape || tape.length < 2) return;
    const made = new Set(outputs.map((output) => output.id));
    const consumes = (node: TapeNode): boolean => Object.values(node.inputs).some((input) => input && made.has(input.id));
    // Copies are recorded right before their op: from its place backwards, as long as nodes consume its outputs.
    const own = tape[tape.length - 1]!;
    let first = tape.length - 1;
    while (first > 0 && consumes(tape[first - 1]!)) first--;
    const early = tape.splice(first, tape.length - 1 - first);
    if (tape[tape.length - 1] !== own) throw new Error('mendTapeOrder: the tape of this version of tfjs is laid out otherwise.');
    tape.push(...early);
  };
}
