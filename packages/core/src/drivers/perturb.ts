/**
 * Runs an attack for evaluation: verified inputs, inference mode, finished examples dropped, progress, cancellation, and
 * a verdict judged on a fresh forward pass. Where the attack failed the clean input comes back with success 0.
 * For training use `ascend`.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Attack, Goal } from '../contract/attack';
import type { Attacked } from '../contract/evaluation';
import type { Model } from '../contract/model';
import type { Noise } from '../contract/noise';
import type { ThreatModel } from '../contract/norm';
import { checkNumber, expected } from '../errors';
import { createNoise } from '../noise/create-noise';
import { choose, clipToBox } from '../norms/per-example';
import { checkAttackFits, checkInputs, withinRadius } from './checks';
import type { PerturbOptions } from './perturb-options';
import { reachedBy } from './problem';
import { disposeRows, gatherRows, type Rows } from './rows';
import { type Findings, runAttack } from './run-attack';

/** What is attacked: model, inputs, goal, budget, seed. Together with the attack it decides the verdict. */
export interface PerturbRequest {
  readonly model: Model;
  /** `[n, ...model.inputShape]`, inside the model's bounds. */
  readonly inputs: Tensor;
  /** The examples' ids, which key the noise. @default 0 .. n - 1 */
  readonly ids?: Int32Array;
  readonly goal: Goal;
  readonly threat: ThreatModel;
  /** Seed of every draw. */
  readonly seed: number;
}

/**
 * The caller disposes of the verdict's tensors. Rejects with code `invalid-argument` for inputs off the bounds or of the
 * wrong shape, and with `aborted` when the signal fires; nothing leaks either way.
 *
 * @example
 * const verdict = await perturb(apgdCe(), { model, inputs, goal: { kind: 'misclassify', labels }, threat, seed: 0 });
 */
export async function perturb(attack: Attack, request: PerturbRequest, options: PerturbOptions = {}): Promise<Attacked> {
  const { model, inputs, goal, threat, seed } = request;
  checkAttackFits('perturb', attack.card, threat, goal);
  checkNumber('perturb', 'seed', seed, { integer: true });
  await checkInputs('perturb', model, inputs, goal);
  const n = inputs.shape[0] ?? 0;
  const ids = request.ids ?? Int32Array.from({ length: n }, (_, i) => i);
  if (ids.length !== n) throw expected('perturb', 'ids', `${n} ids, one for each input`, `${ids.length} ids`);
  const noise = createNoise(seed, ids).stream('attack');

  // Within the tolerance for rounding, the box is exact from here on.
  const clean = tf.tidy(() => clipToBox(inputs, model.bounds).clone());
  let logits: Tensor2D | undefined;
  let open: Rows | undefined;
  try {
    logits = tf.tidy(() => model.logits(clean, { mode: 'inference', noise: noise.stream('clean') }));
    const forwards = new Int32Array(n).fill(1);
    const backwards = new Int32Array(n);
    const already = tf.tidy(() => reachedBy(logits!, goal, () => logits!));
    const done = await already.data();
    already.dispose();
    const whole: Rows = { positions: Int32Array.from({ length: n }, (_, i) => i), inputs: clean, cleanLogits: logits, goal, noise };
    open = gatherRows(
      whole,
      whole.positions.filter((i) => !done[i]),
    );
    const findings = await runAttack(attack, open, { model, threat, options, forwards, backwards });
    return await judge(findings, { request, clean, logits, noise: noise.stream('judge'), forwards, backwards, budget: attack.card.budget });
  } finally {
    if (open) disposeRows(open);
    tf.dispose([clean, ...(logits ? [logits] : [])]);
  }
}

interface Bench {
  readonly request: PerturbRequest;
  readonly clean: Tensor;
  readonly logits: Tensor2D;
  /** What a model that draws random numbers draws from when it judges. */
  readonly noise: Noise;
  readonly forwards: Int32Array;
  readonly backwards: Int32Array;
  readonly budget: 'fixed' | 'minimum';
}

/** Projects, thresholds, and judges on a fresh pass: no attack is believed, not even ours. */
async function judge(findings: Findings, bench: Bench): Promise<Attacked> {
  const { request, clean, logits, noise, forwards, backwards } = bench;
  const { model, goal, threat } = request;
  const values = Float32Array.from(await clean.data());
  const size = values.length / forwards.length;
  for (const [row, { candidate }] of findings) {
    values.set(candidate, row * size);
    forwards[row]! += 1;
  }
  const verdict = tf.tidy(() => {
    const proposed = tf.tensor(values, clean.shape);
    // A perturbation of minimum norm counts at this budget if it fits; it is not squeezed in.
    const candidate = bench.budget === 'fixed' ? threat.norm.project(proposed, clean, threat.epsilon, model.bounds) : proposed;
    const fresh = model.logits(candidate, { mode: 'inference', noise });
    const distance = threat.norm.size(tf.sub(candidate, clean));
    const fits = tf.cast(tf.lessEqual(distance, withinRadius(threat.epsilon)), 'float32');
    const success = tf.mul(
      reachedBy(fresh, goal, () => logits),
      fits,
    ) as Tensor1D;
    return {
      adversarial: choose(success, candidate, clean),
      success,
      distance: tf.mul(distance, success) as Tensor1D,
      logits: choose(success, fresh, logits),
    };
  });
  const succeeded = await verdict.success.data();
  const by = Int32Array.from(succeeded, (success, row) => (success ? (findings.get(row)?.by ?? -1) : -1));
  return { ...verdict, forwards, backwards, by };
}
