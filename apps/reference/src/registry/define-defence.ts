/** One row of the registry of defences. */
import type { Defence, ThreatModel } from '@groundstate/core';
import type { Given, Settings } from './setting';

export interface DefenceCard {
  /** With a number at its end where it cuts paths into segments: any other number may stand there. */
  readonly name: string;
  /** What makes it: the name of an export of `@groundstate/baselines` or `@groundstate/energy`. */
  readonly factory: string;
  readonly about: string;
  readonly paper: string;
  /** Gradient evaluations an example and step with nothing set, on a network without batch statistics. */
  readonly cost: number;
  readonly norms: readonly string[];
}

export interface DefenceEntry {
  readonly card: DefenceCard;
  readonly settings: Settings;
  /** `energy-d` of `energy-d2`; its name alone where no number belongs to it. */
  readonly stem: string;
  /** It says itself where the weights' gradient is taken. */
  readonly ownDescent: boolean;
  /** `segments`: the number at the end of the name. */
  build(given: object, threat: ThreatModel, segments: number): Defence;
}

export const everyNorm: readonly string[] = ['linf', 'l2', 'l1'];

/** Whom it costs what, and where it was published, stand beside how it is built. */
export function defineDefence<Known extends Settings>(entry: {
  readonly card: Omit<DefenceCard, 'norms'> & { readonly norms?: readonly string[] };
  readonly settings: Known;
  readonly stem?: string;
  readonly ownDescent?: boolean;
  readonly build: (given: Given<Known>, threat: ThreatModel, segments: number) => Defence;
}): DefenceEntry {
  const { card, settings, stem = card.name, ownDescent = false, build } = entry;
  return {
    card: { ...card, norms: card.norms ?? everyNorm },
    settings,
    stem,
    ownDescent,
    build: (given, ...rest) => build(given as Given<Known>, ...rest),
  };
}
