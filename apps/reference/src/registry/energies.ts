/** The defences of `@groundstate/energy` by name: `energy-d2`, `energy-tv4`, and their virtual forms, which need no labels. */
import { virtualAdversarialAttack } from '@groundstate/baselines';
import { checkNumber } from '@groundstate/core';
import { type EnergyName, energyPath, energyRegularisation, virtualEnergyRegularisation } from '@groundstate/energy';
import { type DefenceEntry, defineDefence, defineGrowing, everyNorm, growing } from './define-defence';
import { choice, type Given, number, type Settings } from './setting';

const ours = 'after Zhang, Huang, Xu 2019, arXiv 1911.06479';

const weight = {
  weight: number(1, 'weight of the energy'),
  weightWarmUp: number(0, 'share of the training in which the weight grows from 0'),
};
const path = { steps: number(5, "of the ascent that finds the path's end") };
const search = { path: choice(['ascent', 'power'], "who finds the path's end; power is what vat does, with steps of the power method") };
const form = {
  form: choice(['squared', 'huber'], 'what is made of large energies'),
  huberDelta: number(1, 'where huber begins; in units of the loss'),
};
const slope = { method: choice(['finite-difference', 'double-backprop'], 'how gradients of gradients are taken') };
const samples = { samples: number(1, 'points drawn in a step') };
const known = { ...weight, ...path, ...search, ...form, ...slope, ...samples };

interface Energy {
  readonly energy: EnergyName;
  /** Of its name; a number follows where paths are cut. */
  readonly stem: string;
  readonly about: string;
  /** @default the paper of the energies */
  readonly paper?: string;
  readonly cost: number;
  readonly virtualCost?: number;
  readonly virtualNorms?: readonly string[];
  /** It has a ball, which may grow. */
  readonly grows: boolean;
  readonly settings: Settings;
}

const energies: readonly Energy[] = [
  {
    energy: 'path',
    stem: 'd',
    about: 'the squared changes of the loss along the path of an attack',
    cost: 8,
    virtualCost: 8,
    grows: true,
    settings: { ...path, ...form },
  },
  {
    energy: 'variation',
    stem: 'tv',
    about: 'the changes of the loss along the path of an attack',
    cost: 8,
    virtualCost: 8,
    grows: true,
    settings: path,
  },
  {
    energy: 'continuous-path',
    stem: 'continuous',
    about: 'the squared slope at random points of the path',
    cost: 8,
    virtualCost: 8,
    grows: true,
    settings: { ...path, ...samples, ...form },
  },
  {
    energy: 'worst-path',
    stem: 'worst-d',
    about: 'd2 along the path that was ascended to have most of it',
    cost: 13,
    grows: true,
    settings: form,
  },
  {
    energy: 'ball',
    stem: 'ball',
    about: 'the squared gradient at random points of the ball',
    cost: 4,
    virtualCost: 3,
    virtualNorms: ['l2'],
    grows: false,
    settings: { ...samples, ...slope, ...form },
  },
  {
    energy: 'point',
    stem: 'point',
    about: 'the squared gradient at the example itself',
    paper: 'Ross, Doshi-Velez 2018, arXiv 1711.09404',
    cost: 4,
    virtualCost: 3,
    virtualNorms: ['l2'],
    grows: false,
    settings: { ...slope, ...form },
  },
];

const cut: readonly EnergyName[] = ['path', 'variation', 'worst-path'];

function entry(about: Energy, virtual: boolean): DefenceEntry {
  const { energy } = about;
  const segmented = cut.includes(energy);
  const stem = `${virtual ? 'virtual-' : ''}energy-${about.stem}`;
  const name = segmented ? `${stem}2` : stem;
  const { method, ...settings } = about.settings;
  const define: typeof defineGrowing = about.grows ? defineGrowing : defineDefence;
  return define({
    card: {
      name,
      factory: virtual ? 'virtualEnergyRegularisation' : 'energyRegularisation',
      about: `clean examples and ${about.about}${virtual ? ', by the prediction instead of the label' : ''}`,
      paper: about.paper ?? ours,
      cost: virtual ? about.virtualCost! : about.cost,
      norms: virtual ? (about.virtualNorms ?? everyNorm) : everyNorm,
    },
    stem,
    // Without labels there is a gradient for every class: no double backpropagation.
    settings: { ...weight, ...settings, ...(virtual ? (settings.steps ? search : {}) : method ? { method } : {}) },
    build: (given, threat, segments) => {
      const { weight: final = 1, weightWarmUp = 0, steps, path: finder = 'ascent', ...rest } = given as Given<typeof known>;
      const make = virtual ? virtualEnergyRegularisation : energyRegularisation;
      checkNumber(name, 'weight', final, { min: 0 });
      return make({
        threat,
        energy,
        weight: growing(name, 'weightWarmUp', weightWarmUp, final) ?? final,
        ...(segmented ? { segments } : {}),
        ...(finder === 'power' ? { attack: virtualAdversarialAttack(steps === undefined ? {} : { iterations: steps }) } : {}),
        ...(finder === 'ascent' && steps !== undefined ? { attack: energyPath({ steps, virtual }) } : {}),
        ...rest,
      });
    },
  });
}

export const energyEntries: readonly DefenceEntry[] = [
  ...energies.map((energy) => entry(energy, false)),
  ...energies.filter(({ virtualCost }) => virtualCost !== undefined).map((energy) => entry(energy, true)),
];
