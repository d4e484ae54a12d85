/** What makes the figures of a model unreliable, from the look at it before the attacks and from what the attacks found. */
import { inspectModel, squareFinding } from '@groundstate/attacks';
import { type Attack, type Examples, type Model, settle, type ThreatModel } from '@groundstate/core';
import type { Breaks, Outcomes } from '@groundstate/metrics';
import type { Audit } from './audit/audit';
import { criteria } from './audit/criteria';
import { firstExamples } from './first-examples';
import { modelTitle } from './model-key';
import type { Finding, Results } from './results';

/** A batch is enough to see them. */
const looked = 250;

/** Before the attacks. Costs a few passes over the first examples. */
export async function inspected(model: Model, examples: Examples, threat: ThreatModel, seed: number): Promise<readonly Finding[]> {
  const first = firstExamples(examples, looked);
  if (first.size === 0) return [];
  const { ids, inputs, labels } = await first.read(Int32Array.from({ length: first.size }, (_, i) => i));
  try {
    return await inspectModel(model, { inputs, labels, threat, seed, ids });
  } finally {
    inputs.dispose();
    labels.dispose();
  }
}

type Attacks = Readonly<Record<string, Attack>>;

/** After the attacks: whether Square broke what attacks by gradients had left, beside them or as a member of one attack. */
export function squareFindings(
  attacks: Attacks,
  { outcomes, brokenBy }: { readonly outcomes: Outcomes; readonly brokenBy: { readonly [attack: string]: Breaks } },
  setting: { readonly model: Model; readonly threat: ThreatModel },
): readonly Finding[] {
  const examples = outcomes.ids.length;
  if (examples === 0) return [];
  const found = [beside(attacks, outcomes), ...Object.entries(attacks).map(([name, attack]) => within(attack, brokenBy[name], setting))];
  return found
    .filter((counts) => counts !== undefined && counts.before - counts.after >= criteria.squareBeatsGradients.images)
    .flatMap((counts) => squareFinding({ ...counts!, examples }) ?? [])
    .sort((left, right) => right.figure - left.figure)
    .slice(0, 1);
}

type Counts = { readonly before: number; readonly after: number };

function beside(attacks: Attacks, { standing, ids }: Outcomes): Counts | undefined {
  const named = Object.entries(attacks);
  const gradients = named.filter(([, { card }]) => card.access === 'gradients').map(([name]) => name);
  const squares = named.filter(([, { card }]) => isSquare(card.name)).map(([name]) => name);
  if (gradients.length === 0 || squares.length === 0) return undefined;
  const count = (names: readonly string[]): number => ids.filter((_, i) => names.every((name) => standing[name]![i] === '1')).length;
  return { before: count(gradients), after: count([...gradients, ...squares]) };
}

/** Of members that follow one another, those after Square have not met what it broke. */
function within(
  attack: Attack,
  breaks: Breaks | undefined,
  { model, threat }: { readonly model: Model; readonly threat: ThreatModel },
): Counts | undefined {
  const settled = settle(attack, threat, model);
  if (settled.kind !== 'sequence' || settled.keep !== 'first' || !breaks) return undefined;
  const names = settled.members.map(({ card }) => card.name);
  const place = names.findIndex(isSquare);
  if (place < 0 || !settled.members.slice(0, place).some(({ card }) => card.access === 'gradients')) return undefined;
  const before = breaks.right - breaks.earlier - breaks.members.slice(0, place).reduce((sum, each) => sum + each, 0);
  return { before, after: before - (breaks.members[place] ?? 0) };
}

/** Its restarts and means too. */
const isSquare = (name: string): boolean => /^square(-|$)/.test(name);

export type ModelFinding = Pick<Finding, 'code' | 'message'> & {
  readonly model: string;
  readonly seen: 'before and after the attacks' | 'in the audit';
};

/** All that is known of a run's models: what the results say, and what the audit calls suspicious and the results do not name. */
export function findingsOf({ defences, seeds }: Pick<Results, 'defences' | 'seeds'>, audit: Audit | null): readonly ModelFinding[] {
  return defences.flatMap(({ name, seed, findings = [] }): readonly ModelFinding[] => {
    const model = modelTitle(name, seed, seeds);
    const audited = audit?.defences.filter((each) => each.name === name && (each.seed ?? seeds[0]) === seed) ?? [];
    const suspicious = audited.flatMap(({ masking }) => masking.filter(({ verdict }) => verdict === 'suspicious'));
    const others = suspicious.filter(({ check }) => !findings.some(({ code }) => code === check));
    return [
      ...findings.map(({ code, message }) => ({ model, code, message, seen: 'before and after the attacks' as const })),
      ...others.map(({ check, answer }) => ({ model, code: check, message: answer, seen: 'in the audit' as const })),
    ];
  });
}

/** For the end of a command, a line each. */
export function findingLines(results: Pick<Results, 'defences' | 'seeds'>, audit: Audit | null): readonly string[] {
  return findingsOf(results, audit).map(({ model, code, message }) => `Finding: ${model}, ${code}: ${message}`);
}
