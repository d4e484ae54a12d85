/**
 * Runs an attack for training: the final iterate as it is. No verdict, no early stop, and never the clean input in place
 * of an attack that failed, which would turn adversarial training into something weaker without a word and make the
 * energy of every resisted example zero. For evaluation use `perturb`.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Goal, StepAttack } from '../contract/attack';
import type { Mode, Model } from '../contract/model';
import type { Noise } from '../contract/noise';
import type { ThreatModel } from '../contract/norm';
import { expected } from '../errors';
import { checkAttackFits, checkNoise } from './checks';
import type { Meter } from './meter';
import { createProblem } from './problem';
import { disposeExcept, tidyState } from './state';

/** Everything that an ascent in training faces; `perturb` takes a `PerturbRequest`. */
export interface AscendProblem {
  readonly model: Model;
  /** `[n, ...model.inputShape]`, inside the model's bounds. */
  readonly inputs: Tensor;
  readonly goal: Goal;
  readonly threat: ThreatModel;
  readonly noise: Noise;
  /** What layers draw from, so that a dropout mask may outlast the attack. @default a stream of `noise` */
  readonly layerNoise?: Noise;
  /** The mode of the model while it is attacked. @default 'inference' */
  readonly mode?: Mode;
  /** The clean logits in this mode, if they are known. @default one forward pass, where the attack reads them */
  readonly cleanLogits?: Tensor2D;
  /** Where the passes are counted, if they are. */
  readonly meter?: Meter;
}

/**
 * The adversarial inputs, the shape of `inputs`. Synchronous; it must not be called on a tape. Throws when the attack is
 * not defined for the threat's norm or the goal, or needs answers that only an asynchronous driver can read.
 *
 * @example
 * const adversarial = ascend(pgd({ steps: 5 }), { model, inputs, goal: { kind: 'misclassify', labels }, threat, noise });
 */
export function ascend(attack: StepAttack, problem: AscendProblem): Tensor {
  const { model, inputs, goal, threat, noise, mode = 'inference', meter } = problem;
  if (attack.kind !== 'steps' || attack.ask) {
    throw expected('ascend', 'attack', 'one that runs step by step with no questions to the driver', attack.card.name, 'Use perturb.');
  }
  checkAttackFits('ascend', attack.card, threat, goal);
  checkNoise('ascend', noise);
  const layerNoise = problem.layerNoise ?? noise.stream('layers');
  let clean: Tensor2D | undefined;
  try {
    return tf.tidy(() => {
      const count = (passes: keyof Meter, candidate: Tensor): void => {
        if (meter) meter[passes] += candidate.shape[0] ?? 0;
      };
      const cleanLogits = (): Tensor2D => {
        if (problem.cleanLogits) return problem.cleanLogits;
        if (!clean) {
          clean = tf.keep(model.logits(inputs, { mode, noise: layerNoise }));
          count('forwards', inputs);
        }
        return clean;
      };
      const given = createProblem(
        { model, inputs, bounds: model.bounds, goal, threat, noise, layerNoise, mode, cleanLogits },
        { forward: (candidate) => count('forwards', candidate), backward: (candidate) => count('backwards', candidate) },
      );
      let state = tidyState(attack.card.name, () => attack.init(given));
      for (let index = 0; index < attack.steps; index++) {
        const previous = state;
        state = tidyState(attack.card.name, () => attack.step(previous, given, { index }));
        disposeExcept(previous, state, { inputs, goal, clean: problem.cleanLogits ?? clean });
      }
      // A copy: the state may hold the very tensor of the inputs, which belongs to the caller.
      return tf.clone(state.rows.adversarial);
    });
  } finally {
    clean?.dispose();
  }
}
