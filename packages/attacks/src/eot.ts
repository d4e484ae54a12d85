/**
 * Expectation over transformation: any attack, on a model that draws random numbers, with losses, gradients and logits averaged over
 * several draws, new ones at every question. At a single draw an attack fights the noise instead of the model.
 *
 * Source: "Obfuscated gradients give a false sense of security: circumventing defenses to adversarial examples", A. Athalye,
 * N. Carlini, D. Wagner, 2018 (arXiv 1802.00420), and "Synthesizing robust adversarial examples", A. Athalye, L. Engstrom,
 * A. Ilyas, K. Kwok, 2018 (arXiv 1707.07397). The authors of AutoAttack take the logits of the last draw; here they are averaged too.
 */
import { type Attack, type AttackProblem, checkKeys, checkNumber, defineAttack, type Oracle, plan } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Options of `eot`: over how many draws it averages. */
export interface EotOptions {
  /** Passes in the place of each one of the attack. @default 20 */
  readonly samples?: number;
}

/** More questions than any attack asks in one step: the draws of two steps never meet. */
const questionsAStep = 1 << 16;

/**
 * Costs `samples` times what the attack does. Whether an example is fooled is judged at a draw of its own.
 *
 * @example
 * eot(pgd({ steps: 40 }), { samples: 20 });
 */
export function eot(attack: Attack, options: EotOptions = {}): Attack {
  checkKeys('eot', options, ['samples']);
  const samples = checkNumber('eot', 'samples', options.samples ?? 20, { integer: true, min: 1 });
  const card = { ...attack.card, name: `${attack.card.name}-eot` };
  if (attack.kind === 'plan') return plan({ card, plan: (setting) => eot(attack.plan(setting), options) });
  if (attack.kind === 'sequence') return { ...attack, card, members: attack.members.map((member) => eot(member, options)) };
  return defineAttack({
    ...attack,
    card,
    init: (problem) => attack.init(averaged(problem, samples, 0)),
    step: (state, problem, turn) => attack.step(state, averaged(problem, samples, turn.index + 1), turn),
  });
}

/** The problem with an oracle that asks `samples` times and answers with the mean. */
function averaged(problem: AttackProblem, samples: number, turn: number): AttackProblem {
  const { oracle, bounds, inputs, goal, threat, noise } = problem;
  let questions = turn * questionsAStep;
  const draws = <T>(ask: (draw: number) => T): T[] => {
    const first = questions++ * samples;
    return Array.from({ length: samples }, (_, i) => ask(first + i));
  };
  const averaging: Oracle = {
    reached: oracle.reached,
    logits: (candidate) => meanOf(draws((draw) => oracle.logits(candidate, draw))),
    ascent: (candidate, loss) => {
      const seen = draws((draw) => oracle.ascent(candidate, loss, draw));
      return {
        loss: meanOf(seen.map((one) => one.loss)),
        gradient: meanOf(seen.map((one) => one.gradient)),
        logits: meanOf(seen.map((one) => one.logits)),
      };
    },
    ascents: (candidate, losses) => {
      const seen = draws((draw) => oracle.ascents(candidate, losses, draw));
      return {
        losses: losses.map((_, i) => meanOf(seen.map((one) => one.losses[i]!))),
        gradients: losses.map((_, i) => meanOf(seen.map((one) => one.gradients[i]!))),
        logits: meanOf(seen.map((one) => one.logits)),
      };
    },
  };
  return {
    oracle: averaging,
    bounds,
    inputs,
    goal,
    threat,
    noise,
    get cleanLogits() {
      return problem.cleanLogits;
    },
  };
}

function meanOf<T extends Tensor>(values: readonly T[]): T {
  return tf.div(
    values.reduce((total, value) => tf.add(total, value) as T),
    values.length,
  ) as T;
}
