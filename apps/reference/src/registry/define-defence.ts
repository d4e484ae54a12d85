/** One row of the registry of defences. */
import { checkNumber, type Defence, linear, type Schedule, type ThreatModel } from '@groundstate/core';
import { type Given, number, type Setting, type Settings } from './setting';

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

/** What is set of a ball that grows, and what is made of it. */
const ball: { readonly warmUp: Setting<number> } = { warmUp: number(0, 'share of the training in which the ball grows from 0') };
export type Grown = { readonly warmUp?: Schedule };

/** One that trains against an adversary, whose ball may grow while training runs. */
export function defineGrowing<Known extends Settings>(
  entry: Omit<Parameters<typeof defineDefence<Known>>[0], 'build'> & {
    readonly build: (given: Given<Known> & Grown, threat: ThreatModel, segments: number) => Defence;
  },
): DefenceEntry {
  const { card, build } = entry;
  return defineDefence<Known & typeof ball>({
    ...entry,
    settings: { ...entry.settings, ...ball },
    build: (given, ...rest) => {
      const { warmUp = 0, ...others } = given as Given<typeof ball>;
      const grown = growing(card.name, 'warmUp', warmUp, 1);
      return build({ ...(others as Given<Known>), ...(grown ? { warmUp: grown } : {}) }, ...rest);
    },
  });
}

/** From 0 to `end` in the share `until` of the training; nothing to be said where it takes no time. */
export function growing(owner: string, key: string, until: number, end: number): Schedule | undefined {
  checkNumber(owner, key, until, { min: 0, max: 1 });
  return until === 0 ? undefined : linear(0, end, until);
}
