/** The memory of an attack in progress: what a state holds, what may be freed, what is gathered. The drivers own all of it. */
import type { Tensor, Tensor1D, TensorContainer, TypedArray } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AttackState, StepAttack } from '../contract/attack';
import { checkState } from './checks';

/** `tf.tidy` for states: frees what `compute` made and does not return. Throws where the attack `owner` returns no state. */
export function tidyState(owner: string, compute: () => AttackState): AttackState {
  return tf.tidy(() => {
    const state = compute();
    checkState(owner, state);
    return state as unknown as TensorContainer;
  }) as unknown as AttackState;
}

/** Every tensor in a state, wherever it hangs. */
function tensorsOf(value: unknown, found: Set<Tensor> = new Set()): Set<Tensor> {
  if (value instanceof tf.Tensor) found.add(value);
  else if (Array.isArray(value)) for (const part of value) tensorsOf(part, found);
  else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const part of Object.values(value)) tensorsOf(part, found);
  }
  return found;
}

/** Frees what `state` held and `next` holds no more. What was only `lent` to the attack (inputs, labels, ...) is not its to lose. */
export function disposeExcept(state: AttackState, next: AttackState | undefined, lent: object): void {
  const kept = tensorsOf([next, lent]);
  for (const tensor of tensorsOf(state)) if (!kept.has(tensor) && !tensor.isDisposed) tensor.dispose();
}

/** The values of what an attack asks for; a tensor that the state does not hold was made for the question and is freed. */
export async function answerTo(attack: StepAttack, state: AttackState): Promise<TypedArray | undefined> {
  const question = tf.tidy(() => attack.ask?.(state) as Tensor) as Tensor | undefined;
  const answer = question && (await question.data());
  if (question && !tensorsOf(state).has(question)) question.dispose();
  return answer;
}

/** The state of some rows only. `shared` is passed on as it is. */
export function gatherState(state: AttackState, positions: Tensor1D): AttackState {
  const rows = Object.fromEntries(
    Object.entries(state.rows).map(([name, tensor]) => [name, tensor && tf.gather(tensor, positions)]),
  ) as AttackState['rows'];
  return { ...state, rows };
}
