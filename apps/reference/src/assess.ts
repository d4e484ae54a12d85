/** Attacks and measures one model: what `run` and `evaluate` share. */
import {
  type Adversary,
  type Attack,
  createNoise,
  type Examples,
  type Metric,
  type Model,
  type Noise,
  settle,
  type ThreatModel,
} from '@groundstate/core';
import { energyPath, energyProfile } from '@groundstate/energy';
import {
  accuracy,
  type Breaks,
  brokenBy,
  type EvaluateOptions,
  type EvaluationCursor,
  evaluate,
  type Outcomes,
  outcomes,
  perturbationSize,
  type Report,
  robustAccuracy,
  robustAfterRounding,
  type ValuesOf,
  type VerdictStore,
  wilson,
} from '@groundstate/metrics';
import type { Task } from './console/progress';
import { inspected, squareFindings } from './findings';
import { parseAttack } from './registry/attacks';
import type { Finding, MemberRow, Share } from './results';

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
  /** Keeps what attacks found on the batch in hand. */
  readonly store?: VerdictStore;
  readonly onBatch?: NonNullable<EvaluateOptions['onBatch']>;
  /** Each attack meets only what those before it left standing. */
  readonly survivorsOnly?: boolean;
  /** Judges the adversarial examples a second time, rounded to so many bits. */
  readonly bits?: number;
}

/** The last one not under every norm. */
type Metrics = readonly [
  ReturnType<typeof accuracy>,
  ReturnType<typeof robustAccuracy>,
  ReturnType<typeof perturbationSize>,
  ReturnType<typeof outcomes>,
  ReturnType<typeof brokenBy>,
  ReturnType<typeof energyProfile>,
];

/** By attack and for `worst`, as robust accuracy is. */
export type Rounded = { readonly bits: number; readonly shares: { readonly [attack: string]: Share } };

export type Assessed = Report<ValuesOf<Metrics>> & {
  readonly findings: readonly Finding[];
  /** Of the attacks that are several in one. */
  readonly members: { readonly [attack: string]: readonly MemberRow[] };
  readonly rounded?: Rounded;
  /** Of the clean examples of the whole test set, where that was asked for. */
  readonly whole?: { readonly accuracy: Share; readonly outcomes: Outcomes };
};

export async function assess(model: Model, examples: Examples, options: Assessment): Promise<Assessed> {
  const { threat, seed } = options;
  const attacks = parseAttacks(options.attacks);
  const before = await inspected(model, examples, threat, seed);
  const report = await attack(model, examples, attacks, options);
  const { brokenBy: breaks, outcomes } = report.values;
  const n = outcomes.ids.length;
  const members = Object.fromEntries(
    Object.entries(attacks).flatMap(([name, each]) => {
      const rows = membersOf(each, breaks[name], n, { model, threat });
      return rows ? [[name, rows]] : [];
    }),
  );
  const findings = [...before, ...squareFindings(attacks, { outcomes, brokenBy: breaks }, { model, threat })];
  const attacked = { ...report, findings, members };
  return options.whole ? { ...attacked, whole: await classify(model, options.whole, options) } : attacked;
}

/** Nothing of an attack that is one alone. */
function membersOf(
  attack: Attack,
  breaks: Breaks | undefined,
  n: number,
  { model, threat }: { readonly model: Model; readonly threat: ThreatModel },
): readonly MemberRow[] | undefined {
  const settled = settle(attack, threat, model);
  // Without an image nothing was counted.
  if (settled.kind === 'steps' || !breaks) return undefined;
  let standing = breaks.right - breaks.earlier;
  return settled.members.map(({ card }, index) => {
    const broke = breaks.members[index] ?? 0;
    standing -= broke;
    return { attack: card.name, broke, standing: settled.keep === 'first' ? wilson(standing, n) : null };
  });
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

async function attack(
  model: Model,
  examples: Examples,
  attacks: Readonly<Record<string, Attack>>,
  options: Assessment,
): Promise<Report<ValuesOf<Metrics>> & { readonly rounded?: Rounded }> {
  const { threat, seed, signal, task, cursor, onCursor, store, onBatch, survivorsOnly, bits } = options;
  const adversary = energyAdversary(threat);
  // There are no paths where nothing ascends, as under l0.
  const profile = adversary.attack.card.norms.includes(threat.norm.name) ? [energyProfile({ adversary })] : [];
  const metrics = [accuracy(), robustAccuracy(), perturbationSize(), outcomes(), brokenBy(), ...profile];
  const rounding = bits === undefined ? [] : [robustAfterRounding({ threat, bits })];
  const names = Object.keys(attacks);
  const report = await evaluate(model, examples, {
    attacks,
    threat,
    metrics: [...metrics, ...rounding] as unknown as readonly Metric[],
    seed,
    signal,
    ...(cursor ? { cursor } : {}),
    ...(onCursor ? { onCursor } : {}),
    ...(store ? { store } : {}),
    ...(onBatch ? { onBatch } : {}),
    ...(survivorsOnly ? { survivorsOnly } : {}),
    onProgress: ({ examplesDone, examplesInAll, attack, step = 0, steps = 1, active = 0, examples: batch = 0, robust }) => {
      // One batch counts as one part for each attack; within it the attack's own steps.
      const share = attack === undefined ? 0 : ((names.indexOf(attack) + step / steps) / names.length) * batch;
      const now = attack === undefined ? [] : [`${attack.split(':')[0]} step ${step + 1}/${steps}, ${active} of ${batch} standing`];
      task.at(examplesDone + share, examplesInAll, [...now, ...(robust ? [worstSoFar(robust)] : [])].join('; '));
    },
  });
  const { robustAfterRounding: shares, ...values } = report.values as { readonly robustAfterRounding?: Rounded['shares'] };
  const found = { ...report, values: values as ValuesOf<Metrics> };
  return bits === undefined ? found : { ...found, rounded: { bits, shares: shares! } };
}

/** Of the batches that are finished: `worst so far 88.4 % (86.1-90.4, n = 750)`. */
export function worstSoFar({ standing, seen }: { readonly standing: number; readonly seen: number }): string {
  const { accuracy, low, high } = wilson(standing, seen);
  const percent = (value: number | null): string => (100 * value!).toFixed(1);
  return `worst so far ${percent(accuracy)} % (${percent(low)}-${percent(high)}, n = ${seen})`;
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
