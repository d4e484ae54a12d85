/** What the drivers check once, so that attacks need not. */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { AttackCard, Goal } from '../contract/attack';
import type { Model } from '../contract/model';
import type { ThreatModel } from '../contract/norm';
import { checkNumber, expected } from '../errors';

/** Data that went through other software may be off the box by rounding; more than this is a scaling mistake. */
export const boxTolerance = 1e-5;

/** Perturbations are computed in float32: an exact comparison with epsilon would refuse correct ones. */
export function withinRadius(epsilon: number): number {
  return epsilon * (1 + 1e-5) + 1e-6;
}

/** The noise of a problem: a seed in its place is the natural mistake, since `perturb` takes one. */
export function checkNoise(owner: string, noise: unknown): void {
  if (typeof (noise as { readonly stream?: unknown } | undefined)?.stream === 'function') return;
  throw expected(owner, 'noise', 'the noise of these examples', noise, 'Make it with createNoise(seed, ids).');
}

/** What the attack calls its iterate is where the driver looks for it. */
export function checkState(name: string, state: { readonly rows?: { readonly adversarial?: unknown } }): void {
  if (state?.rows?.adversarial !== undefined) return;
  throw expected(
    name,
    'state.rows.adversarial',
    'the tensor of iterates',
    state?.rows?.adversarial,
    'Return `{ rows: { adversarial, ... } }` from init and step.',
  );
}

/** The attack is defined for this norm and this goal, and epsilon is a budget; one without an end where the smallest perturbation is looked for. */
export function checkAttackFits(owner: string, card: AttackCard, threat: ThreatModel, goal: Goal): void {
  const isEndless = threat.epsilon === Number.POSITIVE_INFINITY && card.budget === 'minimum';
  if (!isEndless) checkNumber(owner, 'threat.epsilon', threat.epsilon, { min: 0 });
  if (!card.norms.includes(threat.norm.name)) {
    throw expected(owner, 'threat.norm', `one that ${card.name} is defined for (${card.norms.join(', ')})`, threat.norm.name);
  }
  if (!card.goals.includes(goal.kind)) {
    throw expected(owner, 'goal', `one that ${card.name} knows (${card.goals.join(', ')})`, goal.kind);
  }
}

/** Shape, range and finiteness of the inputs, and the goal's length. Reads the data: asynchronous. */
export async function checkInputs(owner: string, model: Model, inputs: Tensor, goal: Goal): Promise<void> {
  const shape = [null, ...model.inputShape];
  if (inputs.rank !== shape.length || !model.inputShape.every((length, i) => inputs.shape[i + 1] === length)) {
    throw expected(owner, 'inputs', `of shape [n, ${model.inputShape.join(', ')}]`, inputs);
  }
  const n = inputs.shape[0] ?? 0;
  if (n === 0) throw expected(owner, 'inputs', 'at least one example', inputs);
  const classes = goal.kind === 'misclassify' ? goal.labels : goal.kind === 'target' ? goal.classes : undefined;
  if (classes && (classes.rank !== 1 || classes.shape[0] !== n)) {
    throw expected(owner, goal.kind === 'target' ? 'goal.classes' : 'goal.labels', `of shape [${n}], one for each input`, classes);
  }
  const [low, high, finite] = await readAll(() => [tf.min(inputs), tf.max(inputs), tf.all(tf.isFinite(inputs))]);
  if (!finite) throw expected(owner, 'inputs', 'finite numbers', 'NaN or infinity', 'Look at how the data was read and scaled.');
  const [lower, upper] = model.bounds;
  if (low! < lower - boxTolerance || high! > upper + boxTolerance) {
    throw expected(
      owner,
      'inputs',
      `within the model's bounds [${lower}, ${upper}]`,
      [low, high],
      'Bounds and normalisation belong to the model: pass raw inputs.',
    );
  }
  if (classes) {
    const [least, most] = await readAll(() => [tf.min(classes), tf.max(classes)]);
    if (least! < 0 || most! >= model.classes) {
      throw expected(owner, goal.kind === 'target' ? 'goal.classes' : 'goal.labels', `classes 0 .. ${model.classes - 1}`, [least, most]);
    }
  }
}

async function readAll(compute: () => Tensor[]): Promise<number[]> {
  const scalars = tf.tidy(compute);
  const values = await Promise.all(scalars.map((scalar) => scalar.data()));
  tf.dispose(scalars);
  return values.map((value) => Number(value[0]));
}
