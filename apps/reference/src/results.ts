/**
 * What a run found, as it stands in results.json: every defence with every seed, its means over the seeds, and who is ahead of
 * whom. No times in it, so that the same run gives the same file.
 */
import type { SeedSummary } from '@groundstate/metrics';
import type { Difference, Figure } from './comparison/difference';

export const resultsSchema = 'groundstate/results@2';

/** A share of n examples with its 95 % Wilson interval. */
export type Share = { readonly accuracy: number | null; readonly low: number | null; readonly high: number | null; readonly n: number };

/** Through the model, each with one example; a gradient evaluation is one of each. */
export type Passes = { readonly forwards: number; readonly backwards: number };

/** What makes a figure unreliable, as `inspectModel` and `squareFinding` of the attacks say it: what was seen, and what to do. */
export type Finding = { readonly code: string; readonly figure: number; readonly message: string };

/** One member of an attack that is several in one. */
export type MemberRow = {
  readonly attack: string;
  /** Of the examples that were right, how many fell to it; to the member that is credited, where several meet all examples. */
  readonly broke: number;
  /** After it and all members before it; null where the members do not follow one another. */
  readonly standing: Share | null;
};

export type RobustRow = Share & {
  /** As it was asked for; `worst` counts the examples that no attack of the list fooled. */
  readonly attack: string;
  readonly norm: string;
  readonly epsilon: number;
  /** Of the perturbations that fooled an example which was right; null where there are none. */
  readonly distance: { readonly mean: number | null; readonly median: number | null };
  /** What the attack took for all n examples, counted; `worst`: all attacks of the list. Not in results of the first version. */
  readonly passes?: Passes;
  /** In their order, where the attack is several in one. */
  readonly members?: readonly MemberRow[];
  /** When every adversarial example is rounded to so many bits; where that was asked for. */
  readonly rounded?: Share & { readonly bits: number };
};

export type DefenceRow = {
  readonly name: string;
  readonly objective: string | null;
  readonly adversary: string | null;
  /** Counted over the whole training, attacks included; null for a model that was trained elsewhere. */
  readonly gradientEvaluations: number | null;
  /** From few labels of the whole test set, else of the examples that are attacked: its n tells. */
  readonly clean: Share;
  /** The weakest number first. */
  readonly robust: readonly RobustRow[];
  /** Mean D_K along one path per example. */
  readonly energy: {
    readonly D1: number | null;
    readonly D2: number | null;
    readonly D4: number | null;
    readonly D8: number | null;
    /** By name, how many examples are left out of the mean because theirs was not finite; only where there are some. */
    readonly nonFinite?: { readonly [name: string]: number };
  };
  /** What was found about the model before and after the attacks; none in results of earlier versions, which did not look. */
  readonly findings?: readonly Finding[];
};

/** One training of one defence. */
export type ModelRow = DefenceRow & { readonly seed: number };

export type DatasetInfo = {
  readonly name: string;
  readonly source: string;
  readonly train: number;
  /** Test examples that are attacked. */
  readonly test: number;
  /** SHA-256 of the whole test set, pixels and labels: what tells whether two runs can be compared image by image. */
  readonly digest?: string;
};

/** Which training examples kept their labels. */
export type Labels = {
  readonly count: number;
  /** By seed (`seed 0`), SHA-256 of their ids: each seed has labels of its own. */
  readonly digests: { readonly [seed: string]: string };
};

/** By attack, the weakest first, `worst` before all; and `clean`. */
export type SharesOverSeeds = { readonly [attack: string]: SeedSummary & { readonly seeds: readonly number[] } };

/** One defence over all its seeds. */
export type RunSummary = {
  readonly name: string;
  /** Of one training, the mean over the seeds; null for a model that was trained elsewhere. */
  readonly gradientEvaluations: number | null;
  readonly accuracy: SharesOverSeeds;
};

export type RunDifference = Difference & {
  /** What is compared: the worst case on the attacked images, or what is right on the clean ones of `clean`. */
  readonly figure: Figure;
};

export type Diverged = { readonly name: string; readonly seed: number; readonly reason: string };

/** What a run is about; the rest of its results follows from its models. */
export type RunSetting = {
  /** `mnist`, `cifar10`, ...; `evaluate` for models that were trained elsewhere. */
  readonly pipeline: string;
  readonly task: 'supervised' | 'semi-supervised';
  readonly dataset: DatasetInfo;
  /** null where all training examples have theirs. */
  readonly labels: Labels | null;
  /** As `models list` names it, null where that is not known. */
  readonly model: { readonly spec: string | null; readonly parameters: number | null };
  readonly backend: string;
  /** Of the trainings; of an evaluation, of its attacks. */
  readonly seeds: readonly number[];
  readonly threat: { readonly norm: string; readonly epsilon: number };
  /** Examples with a label that one training visits, the same one as often as it does; null where steps see others too, or nobody trained. */
  readonly visits: number | null;
  /** Where each attack met only what those before it had left standing: in their order, each figure is that after it and all of them. */
  readonly cascade?: readonly string[];
};

export type Results = RunSetting & {
  readonly schema: typeof resultsSchema;
  readonly defences: readonly ModelRow[];
  /** Of the defences of which no training diverged. */
  readonly summaries: readonly RunSummary[];
  readonly differences: readonly RunDifference[];
  /** Trainings that came to no end. A defence with one of them has no summary and stands in no difference. */
  readonly diverged: readonly Diverged[];
};

/** The defences in their order, those among them that have no summary. */
export function defenceNames({ defences, diverged }: Pick<Results, 'defences' | 'diverged'>): readonly string[] {
  return [...new Set([...defences, ...diverged].map(({ name }) => name))];
}

/** The attacks by name, the one that is strongest on average first; `worst` is not among them. */
export function strongestFirst(defences: readonly Pick<DefenceRow, 'robust'>[]): readonly string[] {
  const names = [...new Set(defences.flatMap(({ robust }) => robust.map(({ attack }) => attack)))].filter((name) => name !== 'worst');
  const standing = (name: string): number =>
    defences.reduce((sum, { robust }) => sum + (robust.find(({ attack }) => attack === name)?.accuracy ?? 1), 0);
  return names.sort((a, b) => standing(a) - standing(b));
}
