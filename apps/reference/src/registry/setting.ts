/** What can be set about a defence or a model: how it is read, and what it is where nobody says otherwise. */
import { expected } from '@groundstate/core';
import { didYouMean } from '../config/nearest';
import { parseNumber } from '../numbers';
import { checkOptions, type Spec } from './spec';

export interface Setting<Value> {
  /** As one would type it, or in words where it follows from others. */
  readonly usual: string;
  readonly about: string;
  read(owner: string, key: string, text: string): Value;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

/** What was given, by key; what was not is left to the factory. */
export type Given<Known extends Settings> = { readonly [Key in keyof Known]?: Known[Key] extends Setting<infer Value> ? Value : never };

export function number(usual: number | string, about: string): Setting<number> {
  return { usual: String(usual), about, read: parseNumber };
}

export function truth(usual: boolean, about: string): Setting<boolean> {
  return {
    usual: String(usual),
    about,
    read: (owner, key, text) => {
      if (text !== 'true' && text !== 'false') throw expected(owner, key, 'true or false', text);
      return text === 'true';
    },
  };
}

/** The first choice is the usual one. */
export function choice<const Name extends string>(choices: readonly [Name, ...Name[]], about: string): Setting<Name> {
  return {
    usual: choices[0],
    about: `${about}: ${choices.join(', ')}`,
    read: (owner, key, text) => {
      const found = choices.find((each) => each === text);
      if (found === undefined) throw expected(owner, key, `one of ${choices.join(', ')}`, text, didYouMean(text, choices));
      return found;
    },
  };
}

/** Widths of layers, `256+256`; `none` for no layer at all. */
export function sizes(usual: string, about: string): Setting<readonly number[]> {
  return {
    usual,
    about,
    read: (owner, key, text) => {
      if (text === 'none') return [];
      if (!/^\d+(\+\d+)*$/.test(text)) throw expected(owner, key, 'sizes such as 256+128, or none', text);
      return text.split('+').map(Number);
    },
  };
}

export function readSettings<Known extends Settings>(settings: Known, { name, given }: Spec): Given<Known> {
  checkOptions(name, given.keys(), Object.keys(settings));
  const values = [...given].map(([key, text]) => [key, settings[key]!.read(name, key, text)] as const);
  return Object.fromEntries(values) as Given<Known>;
}
