/**
 * An attack whose iterate is the strongest point it has looked at: the one where the label leads least, the clean input among
 * them. `perturb` says whether an example falls and stops there; this says how far the attack comes either way.
 */
import { type AttackProblem, type AttackState, choose, defineAttack, marginOf, type StepAttack, withinRadius } from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

type StrongestState = AttackState & {
  readonly rows: {
    /** The attack's own iterate; `adversarial` is the strongest point. */
    readonly iterate: Tensor;
    /** The rivals' lead there. */
    readonly strongestMargin: Tensor1D;
  };
};

/** For attacks that step without questions to the driver; to be run with `ascend`. */
export function strongest(attack: StepAttack): StepAttack {
  return defineAttack<StrongestState>({
    card: attack.card,
    steps: attack.steps,
    init: (problem) => {
      const watch = watching(
        problem,
        problem.inputs,
        marginOf(problem.cleanLogits, problem.goal, () => problem.cleanLogits),
      );
      return stateOf(attack.init(watch.problem), watch);
    },
    step: ({ rows, shared }, problem, turn) => {
      const { iterate, strongestMargin, ...own } = rows;
      const watch = watching(problem, rows.adversarial, strongestMargin);
      const state: AttackState = { rows: { ...own, adversarial: iterate }, ...(shared ? { shared } : {}) };
      return stateOf(attack.step(state, watch.problem, turn), watch);
    },
  });
}

type Watch = { readonly problem: AttackProblem; point: Tensor; margin: Tensor1D };

/** The same problem, with an oracle that remembers. */
function watching(problem: AttackProblem, point: Tensor, margin: Tensor1D): Watch {
  const { oracle, bounds, inputs, goal, threat, noise } = problem;
  const see = (candidate: Tensor, logits: Tensor2D): void => {
    const seen = marginOf(logits, problem.goal, () => problem.cleanLogits);
    // An attack may begin outside of the ball, as APGD under l1 does. A comparison with NaN is false: a point without an answer is
    // never the strongest.
    const inside = tf.lessEqual(threat.norm.size(tf.sub(candidate, inputs)), withinRadius(threat.epsilon));
    const better = tf.cast(tf.logicalAnd(inside, tf.greater(seen, watch.margin)), 'float32') as Tensor1D;
    watch.point = choose(better, candidate, watch.point);
    watch.margin = choose(better, seen, watch.margin);
  };
  const watch: Watch = {
    point,
    margin,
    problem: {
      bounds,
      inputs,
      goal,
      threat,
      noise,
      get cleanLogits() {
        return problem.cleanLogits;
      },
      oracle: {
        reached: oracle.reached,
        logits: (candidate, draw) => {
          const logits = oracle.logits(candidate, draw);
          see(candidate, logits);
          return logits;
        },
        ascent: (candidate, loss, draw) => {
          const ascent = oracle.ascent(candidate, loss, draw);
          see(candidate, ascent.logits);
          return ascent;
        },
        ascents: (candidate, losses, draw) => {
          const ascents = oracle.ascents(candidate, losses, draw);
          see(candidate, ascents.logits);
          return ascents;
        },
      },
    },
  };
  return watch;
}

function stateOf({ rows, shared }: AttackState, { point, margin }: Watch): StrongestState {
  return {
    rows: { ...rows, iterate: rows.adversarial, adversarial: point, strongestMargin: margin },
    ...(shared ? { shared } : {}),
  };
}
