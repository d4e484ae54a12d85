/** Attacks by name on the command line: `pgd:steps=40,step=0.01,randomStart=false`. The exports of the package are the registry. */
import * as attacks from '@groundstate/attacks';
import { type Attack, type AttackCard, checkNumber, expected, GroundstateError, restarts } from '@groundstate/core';
import { didYouMean } from '../config/nearest';
import { parseNumber } from '../numbers';
import { checkOptions, entryNamed, parseSpec } from './spec';

type Factory = (options?: Readonly<Record<string, number | boolean | string>>) => Attack;

export interface AttackEntry {
  readonly card: AttackCard;
  /** The name of its factory in `@groundstate/attacks`. */
  readonly factory: string;
  /** What can be said on a command line. */
  readonly options: readonly AttackOption[];
}

export type AttackOption = {
  readonly name: string;
  /** Where it is known here. */
  readonly usual?: string;
  /** The words that it takes, where it takes no number. */
  readonly choices?: readonly string[];
};

/** What is exported beside the attacks: what goes around one (`eot=n` here), what needs another model, and what looks at a model. */
export const notAttacks: readonly string[] = ['eot', 'inspectModel', 'squareFinding', 'transfer'];

/** What works with every attack. */
export const sharedOptions: readonly { readonly name: string; readonly usual: string }[] = [
  { name: 'restarts', usual: '1' },
  { name: 'eot', usual: '1' },
];

/** Losses, points and attacks to start from are set in code. */
const inCodeOnly = ['loss', 'start'];

/** What an option is where nobody says otherwise; an attack that is missing here works all the same. */
const apgd = { steps: '100', rho: '0.75', shrinkingRadius: 'true' };
const fab = { steps: '100', alphaMax: '0.1', eta: '1.05', beta: '0.9', randomStart: 'false' };
const momentum = { steps: '10', relativeStep: '1 / steps', decay: '1' };
const tuned = { ...momentum, neighbours: '20', radius: '1.5' };
const constantSearch = {
  binarySearchSteps: '9',
  steps: '10000',
  learningRate: '0.01',
  confidence: '0',
  initialConstant: '0.001',
  abortEarly: 'true',
};
const usual: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pgd: { steps: '40', relativeStep: '2.5 / steps', randomStart: 'true' },
  'pgd-adam': { steps: '100', relativeStep: '0.1', randomStart: 'true' },
  'apgd-ce': apgd,
  'apgd-dlr': apgd,
  'apgd-t': { ...apgd, targets: '9' },
  'sparse-l1-descent': { steps: '40', relativeStep: '2 / steps', quantile: '0.99', randomStart: 'false' },
  'mi-fgsm': momentum,
  'ni-fgsm': momentum,
  'di-fgsm': { ...momentum, least: '0.9', probability: '0.5' },
  'ti-fgsm': { ...momentum, kernelSize: '15', deviations: '3' },
  'si-ni-fgsm': { ...momentum, scales: '5' },
  'vmi-fgsm': tuned,
  'vni-fgsm': tuned,
  fab,
  'fab-t': { ...fab, targets: '9', keep: 'nearest' },
  deepfool: { steps: '50', candidates: '10', overshoot: '0.02' },
  'carlini-wagner': constantSearch,
  ead: { ...constantSearch, regularization: '0.01', decisionRule: 'l1' },
  ddn: { steps: '100', initialRadius: '1', gamma: '0.05', levels: 'none' },
  fmn: { steps: '100', stepSize: '1', gamma: '0.05' },
  jsma: { theta: '1', gamma: '1', steps: '2000', targets: '9' },
  square: { queries: '5000', initialShare: '0.8', rescaleSchedule: 'false' },
  spsa: { steps: '100', samples: '128', delta: '0.01', rate: '0.01' },
  'hop-skip-jump': { steps: '64', initialEvaluations: '100', maxEvaluations: '10000', tries: '100' },
  boundary: { steps: '25000', sphericalStep: '0.01', sourceStep: '0.01', convergence: '1e-7', adaptation: '1.5', tries: '100' },
  'uniform-noise': { draws: '10' },
  'gaussian-noise': { draws: '10' },
  'auto-attack': { version: 'standard' },
};

const factories = Object.entries(attacks as unknown as Readonly<Record<string, Factory>>).filter(([name]) => !notAttacks.includes(name));

const registry: ReadonlyMap<string, AttackEntry & { readonly make: Factory }> = new Map(
  factories.map(([factory, make]) => {
    const { card } = make();
    const names = optionsOf(make).filter((name) => !inCodeOnly.includes(name));
    const options = names.map((name): AttackOption => {
      const [value, choices] = [usual[card.name]?.[name], choicesOf(make, name)];
      return { name, ...(value === undefined ? {} : { usual: value }), ...(choices ? { choices } : {}) };
    });
    return [card.name, { card, factory, options, make }];
  }),
);

export const attackEntries: readonly AttackEntry[] = [...registry.values()];

/** The names that `--attack` knows. */
export const attackNames: readonly string[] = [...registry.keys()];

/** `name` or `name:option=value,...`; `restarts=n` and `eot=n` work with every attack. What a value may be is the attack's own affair. */
export function parseAttack(text: string): Attack {
  const { name, given } = parseSpec('--attack', text, 'pgd:steps=40,step=0.01');
  const { make, options } = entryNamed('--attack', name, registry);
  checkOptions(
    name,
    given.keys(),
    [...options, ...sharedOptions].map((option) => option.name),
  );
  const own = options.filter((option) => given.has(option.name));
  const attack = make(Object.fromEntries(own.map((option) => [option.name, readValue(name, option, given.get(option.name)!)])));
  const samples = countOf(name, 'eot', given.get('eot'));
  const runs = countOf(name, 'restarts', given.get('restarts'));
  const averaged = samples === 1 ? attack : attacks.eot(attack, { samples });
  return runs === 1 ? averaged : restarts(averaged, runs);
}

/** 1 where it is not said, which changes nothing. */
function countOf(owner: string, key: string, text: string | undefined): number {
  return text === undefined ? 1 : checkNumber(owner, key, parseNumber(owner, key, text), { integer: true, min: 1 });
}

function readValue(owner: string, { name: key, choices }: AttackOption, text: string): number | boolean | string {
  if (choices) {
    if (choices.includes(text)) return text;
    throw expected(owner, key, `one of ${choices.join(', ')}`, text, didYouMean(text, choices));
  }
  if (text === 'true' || text === 'false') return text === 'true';
  if (/[0-9]/.test(text)) return parseNumber(owner, key, text);
  throw expected(owner, key, 'a number, true or false', text);
}

/** An attack names its options when it is given one that it does not have: nobody has to write them down twice. */
function optionsOf(make: Factory): readonly string[] {
  const refusal = refusalOf(make, '', 0);
  if (refusal === undefined) throw new Error('an attack took an option that it does not have');
  return [...refusal.matchAll(/'([^']+)'/g)].map(([, name]) => name!);
}

/** And the words of an option when it is given none of them. */
function choicesOf(make: Factory, name: string): readonly string[] | undefined {
  const [, list] = / to be one of ('[^']+'(?:, '[^']+')*), got "\?"/.exec(refusalOf(make, name, '?') ?? '') ?? [];
  return list?.split(', ').map((word) => word.slice(1, -1));
}

function refusalOf(make: Factory, name: string, value: number | string): string | undefined {
  try {
    make({ [name]: value });
    return undefined;
  } catch (cause) {
    if (GroundstateError.is(cause)) return cause.message;
    throw cause;
  }
}
