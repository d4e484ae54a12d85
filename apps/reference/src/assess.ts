/** Attacks and measures one model: what `run` and `evaluate` share. */
import { type Adversary, type Attack, createNoise, type Examples, type Model, type Noise, type ThreatModel } from '@groundstate/core';
import { energyPath, energyProfile } from '@groundstate/energy';
import {
  accuracy,
  type EvaluationCursor,
  evaluate,
  type Outcomes,
  outcomes,
  perturbationSize,
  type Report,
  robustAccuracy,
  type ValuesOf,
} from '@groundstate/metrics';
import type { Task } from './console/progress';
import { parseAttack } from './registry/attacks';
import type { Share } from './results';

export interface Assessment {
  readonly threat: ThreatModel;
  /** As `--attack` takes them; these are also their names in the report. */
  readonly attacks: readonly string[];
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly task: Task;
  /** The whole test set, where the clean accuracy is to be that of all of it, not of the attacked examples alone. */
  readonly whole?: Examples;
  /** Where an interrupted assessment goes on, and where it says how far it is. */
  readonly cursor?: EvaluationCursor;
  readonly onCursor?: (cursor: EvaluationCursor) => Promise<void>;
}

type Metrics = readonly [
  ReturnType<typeof accuracy>,
  ReturnType<typeof robustAccuracy>,
  ReturnType<typeof perturbationSize>,
  ReturnType<typeof outcomes>,
  ReturnType<typeof energyProfile>,
];

export type Assessed = Report<ValuesOf<Metrics>> & {
  /** Of the clean examples of the whole test set, where that was asked for. */
  readonly whole?: { readonly accuracy: Share; readonly outcomes: Outcomes };
};

export async function assess(model: Model, examples: Examples, options: Assessment): Promise<Assessed> {
  const attacked = await attack(model, examples, options);
  return options.whole ? { ...attacked, whole: await classify(model, options.whole, options) } : attacked;
}

/** Attacks nothing: takes seconds where the attacks take minutes, and is begun anew after an interruption. */
async function classify(
  model: Model,
  examples: Examples,
  { threat, seed, signal, task }: Assessment,
): Promise<NonNullable<Assessed['whole']>> {
  const { values } = await evaluate(model, examples, {
    attacks: {},
    threat,
    metrics: [accuracy(), outcomes()],
    seed,
    signal,
    onProgress: ({ examplesDone, examplesInAll }) => task.at(examplesDone, examplesInAll, 'clean, on the whole test set'),
  });
  const { ids, standing } = values.outcomes;
  return { accuracy: values.accuracy, outcomes: { ids, standing: { clean: standing.clean! } } };
}

function attack(model: Model, examples: Examples, options: Assessment): Promise<Report<ValuesOf<Metrics>>> {
  const { threat, seed, signal, task, cursor, onCursor } = options;
  const attacks = parseAttacks(options.attacks);
  const profile = energyProfile({ adversary: energyAdversary(threat) });
  const metrics: Metrics = [accuracy(), robustAccuracy(), perturbationSize(), outcomes(), profile];
  const names = Object.keys(attacks);
  return evaluate(model, examples, {
    attacks,
    threat,
    metrics,
    seed,
    signal,
    ...(cursor ? { cursor } : {}),
    ...(onCursor ? { onCursor } : {}),
    onProgress: ({ examplesDone, examplesInAll, attack, step = 0, steps = 1, active = 0, examples: batch = 0 }) => {
      // One batch counts as one part for each attack; within it the attack's own steps.
      const share = attack === undefined ? 0 : ((names.indexOf(attack) + step / steps) / names.length) * batch;
      const note = attack === undefined ? '' : `${attack.split(':')[0]} step ${step + 1}/${steps}, ${active} of ${batch} standing`;
      task.at(examplesDone + share, examplesInAll, note);
    },
  });
}

/** By their own texts; a text that stands twice is one attack. */
export function parseAttacks(texts: readonly string[]): Record<string, Attack> {
  return Object.fromEntries(texts.map((text) => [text, parseAttack(text)]));
}

/** Who draws the paths whose energy is in the results. */
export function energyAdversary(threat: ThreatModel): Adversary {
  return { attack: energyPath({ steps: 10 }), threat, on: 'labelled' };
}

/** What those paths draw from: another look at them, as the audit's, is at the same ones. A test holds the two together. */
export function energyNoise(seed: number, ids: Int32Array): Noise {
  return createNoise(seed, ids).stream('metrics').stream('energy-profile');
}
