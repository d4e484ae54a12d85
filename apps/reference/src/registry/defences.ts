/**
 * Every defence of `@groundstate/baselines` and `@groundstate/energy` by name on the command line: `pgd-at:steps=10`,
 * `trades:beta=6,steps=10`, `energy-d4:weight=2`. What is set becomes part of the defence's name, which is a folder's too.
 */
import { awp } from '@groundstate/baselines';
import { type Defence, expected, type ThreatModel } from '@groundstate/core';
import { baselineEntries } from './baselines';
import type { DefenceEntry } from './define-defence';
import { energyEntries } from './energies';
import { type Given, number, readSettings, type Setting } from './setting';
import { entryNamed, parseSpec, type Spec } from './spec';

export const defenceEntries: readonly DefenceEntry[] = [...baselineEntries, ...energyEntries];

/** What works with every defence that does not say itself where the weights' gradient is taken. */
export const sharedSettings: { readonly awp: Setting<number>; readonly awpWarmup: Setting<number> } = {
  awp: number('no', 'takes the gradient at weights that were moved by this share of theirs; costs one more evaluation of the terms'),
  awpWarmup: number(0, 'share of the training before that begins'),
};

const byName = new Map(defenceEntries.map((entry) => [entry.card.name, entry]));
const cutPaths = new Map(defenceEntries.filter(({ card, stem }) => card.name !== stem).map((entry) => [entry.stem, entry]));

/** @throws GroundstateError `invalid-argument` with the nearest name, the options there are, or the norms it is defined for. */
export function defenceNamed(text: string, threat: ThreatModel): Defence {
  const spec = parseSpec('--defence', text, 'pgd-at:steps=10');
  const { name } = spec;
  const { entry, segments } = find(name);
  const settings = entry.ownDescent ? entry.settings : { ...entry.settings, ...sharedSettings };
  const { awp: gamma, awpWarmup: warmup, ...given } = readSettings(settings, spec) as Given<typeof sharedSettings>;
  if (!entry.card.norms.includes(threat.norm.name)) {
    throw expected(name, 'threat.norm', `one that it is defined for (${entry.card.norms.join(', ')})`, threat.norm.name);
  }
  if (gamma === undefined && warmup !== undefined) throw expected(name, 'awpWarmup', 'left out without awp', warmup);
  const defence = { ...entry.build(given, threat, segments), name: folderName(spec, Object.keys(settings)) };
  return gamma === undefined ? defence : { ...defence, descent: awp({ gamma, ...(warmup === undefined ? {} : { warmup }) }) };
}

/** Paths may be cut into any number of segments: `energy-d4` is as good a name as `energy-d2`. */
function find(name: string): { readonly entry: DefenceEntry; readonly segments: number } {
  const [, stem, number] = /^(.*\D)([1-9]\d*)$/.exec(name) ?? [];
  const cut = stem === undefined ? undefined : cutPaths.get(stem);
  return cut ? { entry: cut, segments: Number(number) } : { entry: entryNamed('--defence', name, byName), segments: 1 };
}

/** The same whatever the order in which it was typed. No colon, no slash: it is a folder's name on every system. */
function folderName({ name, given }: Spec, keys: readonly string[]): string {
  const set = keys.filter((key) => given.has(key)).map((key) => `${key}-${given.get(key)}`);
  return [name, ...set].join('-').replaceAll(/[^\w.-]+/g, '-');
}
