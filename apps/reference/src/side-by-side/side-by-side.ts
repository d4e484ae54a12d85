/**
 * Several finished runs side by side: every defence on the images and under the attacks that all of them share, and the
 * differences in the worst case, paired image by image. Runs that differ in nothing but the seed count as one with several.
 */
import { expected, GroundstateError } from '@groundstate/core';
import { type Outcomes, type PairedDifference, pairedDifference, type SeedSummary, seedSummary, wilson } from '@groundstate/metrics';
import { type Difference, differenceOf, type SeedOutcomes } from '../comparison/difference';
import type { Share } from '../results';
import type { FinishedRun } from './read-run';

export const sideBySideSchema = 'groundstate/side-by-side@1';

export type Column = Share & { readonly overSeeds: SeedSummary & { readonly seeds: readonly number[] } };

export type Row = {
  readonly name: string;
  readonly runs: readonly string[];
  readonly seeds: readonly string[];
  /** Of one training, the mean over the seeds; null for a model that was trained elsewhere. */
  readonly gradientEvaluations: number | null;
  /** `worst` (over the shared attacks), each shared attack, `clean`. Intervals: over the images for one seed, see `overSeeds` for several. */
  readonly accuracy: { readonly [name: string]: Column };
};

export type SideBySide = {
  readonly schema: typeof sideBySideSchema;
  readonly runs: readonly string[];
  readonly dataset: { readonly name: string; readonly images: number };
  readonly threat: { readonly norm: string; readonly epsilon: number };
  readonly attacks: readonly string[];
  /** What only some of the runs have, and is left out for that: a line each. */
  readonly leftOut: readonly string[];
  readonly rows: readonly Row[];
  readonly differences: readonly (Difference & { readonly pooled: PairedDifference | null })[];
};

type Group = {
  readonly defence: string;
  readonly runs: string[];
  readonly outcomes: Record<string, Outcomes>;
  readonly cost: (number | null)[];
};

/** At most so many rows are set against one another, all against all; with more, all against the first. */
const allPairs = 5;

export function sideBySide(runs: readonly FinishedRun[]): SideBySide {
  const [first] = runs;
  if (!first) throw expected('compare', 'directories', 'at least one folder of a finished run', 'none');
  for (const run of runs) checkComparable(first, run);
  const groups = groupsOf(runs);
  const all = groups.flatMap(({ outcomes }) => Object.values(outcomes));
  const shared = sharedBy(all);
  if (shared.attacks.length === 0) {
    const lists = groups.map(({ defence, outcomes }) => `${defence}: ${attacksOf(Object.values(outcomes)[0]!).join(', ')}`);
    throw new GroundstateError(
      'invalid-argument',
      `compare: expected \`directories\` to be runs that share an attack, got ${lists.join('; ')}. Evaluate the models alike first.`,
    );
  }
  if (shared.ids.length === 0) {
    throw expected('compare', 'directories', 'runs that attacked some of the same images', 'none in common', 'Evaluate the models alike.');
  }
  const names = namesOf(groups);
  const entries = groups.map((group, i) => ({
    name: names[i]!,
    group,
    outcomes: Object.fromEntries(Object.entries(group.outcomes).map(([seed, each]) => [seed, restrict(each, shared)])),
  }));
  const pairs = pairsOf(entries);
  return {
    schema: sideBySideSchema,
    runs: runs.map(({ path }) => path),
    dataset: { name: first.dataset.name, images: shared.ids.length },
    threat: first.threat,
    attacks: shared.attacks,
    leftOut: [...runs.flatMap((run) => run.leftOut), ...leftOut(all, shared), ...pairs.flatMap(unpaired)],
    rows: entries.map(({ name, group, outcomes }) => rowOf(name, group, outcomes)),
    differences: pairs.map(([left, right]) => difference(left, right)),
  };
}

/** Figures on other data or other budgets have nothing to say to one another. */
function checkComparable(first: FinishedRun, run: FinishedRun): void {
  const sameData =
    first.dataset.name === run.dataset.name &&
    (first.dataset.digest !== undefined && run.dataset.digest !== undefined
      ? first.dataset.digest === run.dataset.digest
      : first.dataset.source === run.dataset.source);
  if (!sameData) {
    throw new GroundstateError(
      'invalid-argument',
      `compare: expected \`${run.path}\` to be on the data of ${first.path} (${first.dataset.source}), got ${run.dataset.source}. Only models that were attacked on the same images can be compared.`,
    );
  }
  const inWords = ({ norm, epsilon }: FinishedRun['threat']): string => `${norm} ${epsilon}`;
  if (inWords(first.threat) !== inWords(run.threat)) {
    throw new GroundstateError(
      'invalid-argument',
      `compare: expected \`${run.path}\` to be under the threat of ${first.path}, ${inWords(first.threat)}, got ${inWords(run.threat)}. Evaluate its models under that threat first.`,
    );
  }
}

function groupsOf(runs: readonly FinishedRun[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { finalists } of runs) {
    for (const { settings, defence, run, outcomes, gradientEvaluations } of finalists) {
      const known = groups.get(settings);
      // The same settings and the same seed twice is the same model twice: it stands on its own.
      const fits = known !== undefined && !Object.keys(outcomes).some((seed) => seed in known.outcomes);
      const key = known === undefined || fits ? settings : `${settings} ${run} ${groups.size}`;
      const group = fits ? known : { defence, runs: [], outcomes: {}, cost: [] };
      group.runs.push(run);
      Object.assign(group.outcomes, outcomes);
      group.cost.push(...gradientEvaluations);
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

/** The defence alone where that is clear, else with the run's folder, else with a number too. */
function namesOf(groups: readonly Group[]): readonly string[] {
  const clear = (name: string, names: readonly string[]): boolean => names.filter((other) => other === name).length === 1;
  const defences = groups.map(({ defence }) => defence);
  const longer = groups.map(({ defence, runs }) => (clear(defence, defences) ? defence : `${defence} (${runs.join(', ')})`));
  return longer.map((name, i) => (clear(name, longer) ? name : `${name} #${i + 1}`));
}

type Shared = { readonly ids: readonly number[]; readonly attacks: readonly string[] };

const attacksOf = ({ standing }: Outcomes): string[] => Object.keys(standing).filter((name) => name !== 'clean' && name !== 'worst');

function sharedBy(all: readonly Outcomes[]): Shared {
  const [first, ...others] = all.map((outcomes) => ({ ids: new Set(outcomes.ids), attacks: new Set(attacksOf(outcomes)) }));
  return {
    ids: [...first!.ids].filter((id) => others.every(({ ids }) => ids.has(id))),
    attacks: [...first!.attacks].filter((name) => others.every(({ attacks }) => attacks.has(name))),
  };
}

/** On the shared images under the shared attacks alone; the worst case is that of these. */
function restrict({ ids, standing }: Outcomes, shared: Shared): Outcomes {
  const place = new Map(ids.map((id, i) => [id, i]));
  const places = shared.ids.map((id) => place.get(id)!);
  const pick = (name: string): string => places.map((i) => standing[name]![i]).join('');
  const picked: Record<string, string> = Object.fromEntries(['clean', ...shared.attacks].map((name) => [name, pick(name)]));
  const worst = shared.ids.map((_, i) => (Object.values(picked).every((each) => each[i] === '1') ? '1' : '0')).join('');
  return { ids: shared.ids, standing: { ...picked, worst } };
}

function leftOut(all: readonly Outcomes[], shared: Shared): string[] {
  const attacks = [...new Set(all.flatMap(attacksOf))].filter((name) => !shared.attacks.includes(name));
  const most = Math.max(...all.map(({ ids }) => ids.length));
  return [
    ...attacks.map((name) => `attack ${name}: not every model was attacked with it`),
    ...(most > shared.ids.length ? [`images: ${shared.ids.length} are shared, of up to ${most} in a run`] : []),
  ];
}

function rowOf(name: string, group: Group, outcomes: SeedOutcomes): Row {
  const seeds = Object.values(outcomes);
  const figures = ['worst', ...attacksOf(seeds[0]!), 'clean'].map((figure): [string, Column] => {
    const counts = seeds.map(({ standing }) => Array.from(standing[figure]!).filter((each) => each === '1').length);
    const n = seeds[0]!.ids.length;
    const { low, high } = wilson(Math.round(counts.reduce((sum, count) => sum + count, 0) / counts.length), n);
    const shares = counts.map((count) => count / n);
    const summary = seedSummary(shares);
    return [figure, { accuracy: summary.mean, low, high, n, overSeeds: { ...summary, seeds: shares } }];
  });
  const cost = group.cost.every((each) => each !== null) ? (group.cost as number[]) : undefined;
  return {
    name,
    runs: group.runs,
    seeds: Object.keys(outcomes),
    gradientEvaluations: cost ? cost.reduce((sum, each) => sum + each, 0) / cost.length : null,
    accuracy: Object.fromEntries(figures),
  };
}

type Entry = { readonly name: string; readonly outcomes: SeedOutcomes };

function pairsOf(entries: readonly Entry[]): (readonly [Entry, Entry])[] {
  if (entries.length > allPairs) return entries.slice(1).map((right) => [entries[0]!, right] as const);
  return entries.flatMap((left, i) => entries.slice(i + 1).map((right) => [left, right] as const));
}

/** The seeds of two that their difference does not look at. */
function unpaired([left, right]: readonly [Entry, Entry]): string[] {
  const [mine, theirs] = [Object.keys(left.outcomes), Object.keys(right.outcomes)];
  const shared = mine.filter((seed) => theirs.includes(seed));
  const alone = [...mine, ...theirs].filter((seed) => !shared.includes(seed));
  const pair = `the difference of ${left.name} and ${right.name}`;
  if (shared.length > 0) return alone.length > 0 ? [`${alone.join(', ')}: in ${pair}, for only one of them has it`] : [];
  return alone.length > 2 ? [`all but ${mine[0]} and ${theirs[0]}: in ${pair}, who share no seed`] : [];
}

/** Paired by seed where they share seeds. Where they do not, one seed of each is set against the other. */
function difference(left: Entry, right: Entry): SideBySide['differences'][number] {
  const shared = Object.keys(left.outcomes).filter((seed) => seed in right.outcomes);
  const pick = ({ outcomes }: Entry): SeedOutcomes =>
    shared.length > 0
      ? Object.fromEntries(shared.map((seed) => [seed, outcomes[seed]!]))
      : { 'first of each': outcomes[Object.keys(outcomes)[0]!]! };
  const [first, second] = [pick(left), pick(right)];
  const whole = differenceOf([left.name, first], [right.name, second]);
  const [only, other] = [Object.values(first), Object.values(second)];
  // With one seed each, Newcombe's interval for paired shares says more than the normal one.
  const pooled = only.length === 1 ? pairedDifference({ left: only[0]!.standing.worst!, right: other[0]!.standing.worst! }) : null;
  return { ...whole, pooled };
}
