/**
 * Every defence of `@groundstate/baselines` and `@groundstate/energy` by name on the command line: `pgd-at:steps=10`,
 * `trades:beta=6,steps=10`, `energy-d4:weight=2`. What is set becomes part of the defence's name, which is a folder's too.
 */
import { awp, entropyLoss } from '@groundstate/baselines';
import { type Defence, expected, sum, type ThreatModel } from '@groundstate/core';
import { baselineEntries } from './baselines';
import type { DefenceEntry } from './define-defence';
import { energyEntries } from './energies';
import { type Given, number, readSettings, type Setting, truth } from './setting';
import { entryNamed, parseSpec, type Spec } from './spec';

export const defenceEntries: readonly DefenceEntry[] = [...baselineEntries, ...energyEntries];

/** What works with every defence that does not say itself where the weights' gradient is taken. */
export const sharedSettings: { readonly awp: Setting<number>; readonly awpFrom: Setting<number>; readonly entmin: Setting<boolean> } = {
  awp: number('no', 'takes the gradient at weights that were moved by this share of theirs; costs one more evaluation of the terms'),
  awpFrom: number(0, 'share of the training before that begins'),
  entmin: truth(false, 'adds the mean entropy of the predictions, labelled and not'),
};

const byName = new Map(defenceEntries.map((entry) => [entry.card.name, entry]));
const cutPaths = new Map(defenceEntries.filter(({ card, stem }) => card.name !== stem).map((entry) => [entry.stem, entry]));

/** @throws GroundstateError `invalid-argument` with the nearest name, the options there are, or the norms it is defined for. */
export function defenceNamed(text: string, threat: ThreatModel): Defence {
  const spec = parseSpec('--defence', text, 'pgd-at:steps=10');
  const { name } = spec;
  const { entry, segments } = find(name);
  const settings = entry.ownDescent ? entry.settings : { ...entry.settings, ...sharedSettings };
  const { awp: gamma, awpFrom: warmup, entmin = false, ...given } = readSettings(settings, spec) as Given<typeof sharedSettings>;
  if (!entry.card.norms.includes(threat.norm.name)) {
    throw expected(name, 'threat.norm', `one that it is defined for (${entry.card.norms.join(', ')})`, threat.norm.name);
  }
  if (gamma === undefined && warmup !== undefined) throw expected(name, 'awpFrom', 'left out without awp', warmup);
  const built = entry.build(given, threat, segments);
  const defence = {
    ...built,
    ...(entmin ? { objective: sum(built.objective, entropyLoss()) } : {}),
    name: folderName(spec, Object.keys(settings)),
  };
  return gamma === undefined ? defence : { ...defence, descent: awp({ gamma, ...(warmup === undefined ? {} : { warmup }) }) };
}

/** Paths may be cut into any number of segments: `energy-d4` is as good a name as `energy-d2`. */
function find(name: string): { readonly entry: DefenceEntry; readonly segments: number } {
  const [, stem, number] = /^(.*\D)([1-9]\d*)$/.exec(name) ?? [];
  const cut = stem === undefined ? undefined : cutPaths.get(stem);
  return cut ? { entry: cut, segments: Number(number) } : { entry: entryNamed('--defence', name, byName), segments: 1 };
}

/** The same whatever the order in which it was typed; what is true is said by its key. No colon, no slash: it names a folder. */
function folderName({ name, given }: Spec, keys: readonly string[]): string {
  const said = (key: string): string => (given.get(key) === 'true' ? key : `${key}-${given.get(key)}`);
  const set = keys.filter((key) => given.has(key)).map(said);
  return [name, ...set].join('-').replaceAll(/[^\w.-]+/g, '-');
}
