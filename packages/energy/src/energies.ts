/** The energies by name, as the defences of this package offer them. */
import {
  type Adversary,
  checkNumber,
  checkOneOf,
  expected,
  type Objective,
  type Schedule,
  type StepAttack,
  type ThreatModel,
} from '@groundstate/core';
import { ballEnergy } from './ball-energy';
import { continuousPathEnergy } from './continuous-path-energy';
import { energyPath } from './energy-path';
import type { FormOptions } from './form';
import { pathEnergy } from './path-energy';
import { pointEnergy } from './point-energy';
import type { SlopeOptions } from './slope';
import { isNorm } from './slope-objective';
import { variationEnergy } from './variation-energy';
import { worstPathEnergy } from './worst-path-energy';

/** The energies that can be had by name; see the table of the README. */
export type EnergyName = 'path' | 'variation' | 'continuous-path' | 'worst-path' | 'ball' | 'point';

/** Which energy is regularised, in which ball, along which path. */
export interface EnergyOptions extends FormOptions {
  /** The ball in which the loss is to be stable. */
  readonly threat: ThreatModel;
  /** Which energy, or an objective of your own. @default 'path', which is D_K */
  readonly energy?: EnergyName | Objective;
  /** Who finds the end of the path. @default energyPath(), five steps from a random start */
  readonly attack?: StepAttack;
  /** K, the segments of the path; 1 is the end-point penalty D_1. @default 2 */
  readonly segments?: number;
  /** Points drawn in a step, of the energies that draw some. @default 1 */
  readonly samples?: number;
  /** How ball and point energies are differentiated. @default 'finite-difference' */
  readonly method?: NonNullable<SlopeOptions['method']>;
  /** The share of epsilon in use as training runs, of the energies along a path: `linear(0, 1, 0.2)`. @default all of it, always */
  readonly warmUp?: Schedule;
}

/** Which options an energy has beside `threat`. */
const known: Readonly<Record<EnergyName, readonly (keyof EnergyOptions)[]>> = {
  path: ['attack', 'segments', 'warmUp', 'form', 'huberDelta'],
  variation: ['attack', 'segments', 'warmUp'],
  'continuous-path': ['attack', 'samples', 'warmUp', 'form', 'huberDelta'],
  'worst-path': ['segments', 'warmUp', 'form', 'huberDelta'],
  ball: ['samples', 'method', 'form', 'huberDelta'],
  point: ['method', 'form', 'huberDelta'],
};

/** The options that `energyOf` reads. */
export const energyKeys = ['threat', 'energy', 'attack', 'segments', 'samples', 'method', 'warmUp', 'form', 'huberDelta'] as const;

/** The objective, and its share of the defence's name: d2, tv2, ball, ... */
export function energyOf(
  owner: string,
  options: EnergyOptions,
  virtual: boolean,
): { readonly objective: Objective; readonly label: string } {
  const { threat, energy = 'path', warmUp } = options;
  const given = energyKeys.filter((key) => key !== 'threat' && key !== 'energy' && options[key] !== undefined);
  if (typeof energy === 'object' && typeof energy?.evaluate === 'function') {
    if (given[0]) throw expected(owner, given[0], 'left out with an objective of your own', options[given[0]], 'It has its own options.');
    return { objective: energy, label: energy.name };
  }
  checkOneOf(owner, 'energy', energy, Object.keys(known));
  const name = energy as EnergyName;
  const stray = given.find((key) => !known[name].includes(key));
  if (stray) throw expected(owner, stray, `left out with the energy '${name}'`, options[stray]);
  // Now, and not in the first step.
  if (!isNorm(threat?.norm)) throw expected(owner, 'threat', 'a norm and an epsilon', threat);
  checkNumber(owner, 'threat.epsilon', threat.epsilon, { min: 0 });
  if (virtual && name === 'worst-path') {
    throw expected(owner, 'energy', 'one that has a virtual form', energy, "Its ascent needs labels: take 'path'.");
  }
  const segments = options.segments ?? 2;
  const attack = options.attack ?? energyPath(virtual ? { virtual } : {});
  const adversary: Adversary = { attack, threat, on: virtual ? 'all' : 'labelled', ...(warmUp ? { warmUp } : {}) };
  const { form, huberDelta, samples, method } = options;
  const shape = { ...(form ? { form } : {}), ...(huberDelta === undefined ? {} : { huberDelta }) };
  const drawn = samples === undefined ? {} : { samples };
  const differentiated = method ? { method } : {};
  const end = form === 'huber' ? '-huber' : '';
  switch (name) {
    case 'path':
      return { objective: pathEnergy({ adversary, segments, virtual, ...shape }), label: `d${segments}${end}` };
    case 'worst-path':
      return {
        objective: worstPathEnergy({ threat, segments, ...(warmUp ? { warmUp } : {}), ...shape }),
        label: `worst-d${segments}${end}`,
      };
    case 'variation':
      return { objective: variationEnergy({ adversary, segments, virtual }), label: `tv${segments}` };
    case 'continuous-path':
      return { objective: continuousPathEnergy({ adversary, virtual, ...drawn, ...shape }), label: `continuous${end}` };
    case 'ball':
      return { objective: ballEnergy({ threat, virtual, ...drawn, ...differentiated, ...shape }), label: `ball${end}` };
    case 'point':
      return { objective: pointEnergy({ norm: threat.norm, virtual, ...differentiated, ...shape }), label: `point${end}` };
  }
}
