import * as baselines from '@groundstate/baselines';
import { type Examples, examplesFromArrays, l1, l2, linf, type ThreatModel } from '@groundstate/core';
import * as energy from '@groundstate/energy';
import { smoothModel } from '@groundstate/testing';
import { fit, type History } from '@groundstate/training';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { defenceEntries, defenceNamed, sharedSettings } from './defences';
import type { DefenceEntry } from './define-defence';

const norms = { linf, l2, l1 };
const epsilon = 0.25;
const threatOf = (name: string): ThreatModel => ({ norm: norms[name as keyof typeof norms](), epsilon });

/** Three examples near the edges of the box, of three classes. */
const few: Examples = examplesFromArrays({
  inputs: Float32Array.of(0.02, 0.9, 0.4, 0.98, 0.05, 0.7, 0.5, 0.95, 0.03),
  labels: [0, 1, 2],
  shape: [3],
});

/** One batch of training on a small random network; what came of it, weights included. */
async function trained(spec: string, norm: string): Promise<{ readonly history: History; readonly weights: readonly number[] }> {
  const model = smoothModel({ inputShape: [3], hidden: 4, scale: 3 });
  try {
    const history = await fit(model, few, defenceNamed(spec, threatOf(norm)), { epochs: 1, seed: 0 });
    return { history, weights: Object.values(model.weights).flatMap((weight) => [...weight.dataSync()]) };
  } finally {
    model.dispose();
  }
}

/** `2.5 * epsilon / steps` and the like, from left to right. */
function evaluated(words: string, known: Readonly<Record<string, number>>): number {
  const [first, ...rest] = words.split(' ');
  const value = (word: string): number => known[word] ?? Number(word);
  let total = value(first!);
  for (let i = 0; i < rest.length; i += 2) total = rest[i] === '*' ? total * value(rest[i + 1]!) : total / value(rest[i + 1]!);
  return total;
}

/** What has to be said beside an option, for it to have a meaning. */
const beside: Readonly<Record<string, string>> = { huberDelta: 'form=huber,', awpFrom: 'awp=0.1,' };
const joined = (name: string, options: string): string => (options === '' ? name : `${name}:${options}`);

/** Each option of an entry as it would be typed if one typed what it is anyway. */
function typed({ settings }: DefenceEntry): readonly (readonly [key: string, text: string])[] {
  const steps = Number(settings.steps?.usual);
  return Object.entries(settings).map(([key, { usual }]) => {
    const size = evaluated(usual, { epsilon, steps, relativeStep: 2.5 / steps });
    return [key, Number.isNaN(size) ? usual : String(size)];
  });
}

/** A value that nobody takes for the usual one. */
function another(key: string, usual: string): string {
  // Small enough for the gaps of these few examples.
  if (key === 'huberDelta') return '0.01';
  const choices: Readonly<Record<string, string>> = {
    true: 'false',
    false: 'true',
    'finite-difference': 'double-backprop',
    squared: 'huber,huberDelta=0.01',
    ascent: 'power',
  };
  const number = Number(usual);
  return choices[usual] ?? String(number >= 1 ? number + 1 : (number + 1) / 2);
}

describe('defenceEntries', () => {
  it('has every defence that the packages export', () => {
    // What is left of the exports without options, measurements, parts to build with and figures of reports.
    const parts = /Settings$|Loss$|Attack$|[pP]enalty$|Error$|^(misalignment|freeDescent)$/;
    const others = /[eE]nerg(y|yPath|yProfile)$|^path(Losses|Variation)$|^(huber|smoothedRadius|worstPath|stability(Report|Table))$/;
    const exported = [
      ...Object.keys(baselines).filter((name) => !parts.test(name)),
      ...Object.keys(energy).filter((name) => !others.test(name)),
    ];
    expect(new Set(defenceEntries.map(({ card }) => card.factory))).toEqual(new Set(exported));
    expect(exported).toContain('energyRegularisation');
    expect(new Set(defenceEntries.map(({ card }) => card.name)).size).toBe(defenceEntries.length);
  });

  it('trains a step of each under every norm of its card, at the cost that the card names, and leaves no tensors', async () => {
    const before = tf.memory().numTensors;
    for (const { card } of defenceEntries) {
      expect(defenceNamed(card.name, threatOf(card.norms[0]!)).name).toBe(card.name);
      for (const norm of card.norms) {
        const { history, weights } = await trained(card.name, norm);
        expect([card.name, history.backwards / history.steps / few.size]).toEqual([card.name, card.cost]);
        expect(weights.every(Number.isFinite)).toBe(true);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('names as usual what an option is where nobody says otherwise', async () => {
    for (const entry of defenceEntries) {
      const norm = entry.card.norms[0]!;
      for (const [key, text] of typed(entry)) {
        const without = await trained(joined(entry.card.name, (beside[key] ?? '').slice(0, -1)), norm);
        const same = await trained(`${entry.card.name}:${beside[key] ?? ''}${key}=${text}`, norm);
        expect([entry.card.name, key, same]).toEqual([entry.card.name, key, without]);
      }
    }
  });

  it('hands every option on: another value gives another training', async () => {
    const without: string[] = [];
    for (const entry of defenceEntries) {
      // Not linf where it can be helped: there a step of full length ends in the same corner wherever it starts.
      const norm = entry.card.norms.includes('l2') ? 'l2' : entry.card.norms[0]!;
      const usual = JSON.stringify(await trained(entry.card.name, norm));
      for (const [key, text] of entry.ownDescent ? typed(entry) : [...typed(entry), ['awp', '0.05'] as const]) {
        const spec = `${entry.card.name}:${beside[key] ?? ''}${key}=${another(key, text)}`;
        if (JSON.stringify(await trained(spec, norm)) === usual) without.push(spec);
      }
    }
    expect(without).toEqual([]);
  });
});

describe('defenceNamed', () => {
  const threat = threatOf('linf');

  it('cuts paths into the segments that the name says', async () => {
    // Five steps for the path, one for every point of it, one for the clean loss.
    for (const [spec, cost] of Object.entries({ 'energy-d1': 7, 'energy-d4': 10, 'energy-tv3': 9, 'virtual-energy-d12': 18 })) {
      const { history } = await trained(spec, 'linf');
      expect(history.backwards).toBe(cost * few.size);
      expect(defenceNamed(spec, threat).name).toBe(spec);
    }
  });

  it('moves the weights of any defence, for one more evaluation of its terms', async () => {
    for (const spec of ['trades:steps=2', 'energy-d2:steps=1']) {
      const [plain, moved] = [await trained(spec, 'linf'), await trained(`${spec},awp=0.05`, 'linf')];
      const terms = spec.startsWith('trades') ? 2 : 3;
      expect(moved.history.backwards - plain.history.backwards).toBe(terms * few.size);
      expect((await trained(`${spec},awp=0.05,awpFrom=1`, 'linf')).weights).toEqual(plain.weights);
    }
  });

  it('adds the entropy of predictions to any defence, and finds the path of a virtual energy as vat does', async () => {
    const [plain, sure] = [await trained('pgd-at', 'linf'), await trained('pgd-at:entmin=true', 'linf')];
    expect([plain, sure].map(({ history }) => Object.keys(history.epochs[0]!.terms))).toEqual([
      ['adversarialLoss'],
      ['adversarialLoss', 'entropy'],
    ]);
    // One for the clean loss, one for the power method, two for the path.
    expect((await trained('virtual-energy-d2:path=power', 'l2')).history.backwards).toBe(4 * few.size);
    expect((await trained('virtual-energy-d2:path=power,steps=3', 'l2')).history.backwards).toBe(6 * few.size);
    const { name } = defenceNamed('virtual-energy-d2:path=power,entmin=true', threatOf('l2'));
    expect([name, defenceNamed('vat:entmin=true', threatOf('l2')).name]).toEqual(['virtual-energy-d2-path-power-entmin', 'vat-entmin']);
  });

  it('gives a name that is a folder on every system, whatever the order of the options', () => {
    expect(defenceNamed('trades:steps=3,beta=1', threat).name).toBe('trades-beta-1-steps-3');
    expect(defenceNamed('trades:beta=1,steps=3', threat).name).toBe('trades-beta-1-steps-3');
    expect(defenceNamed('pgd-at:step=2/255,randomStart=false', threat).name).toBe('pgd-at-step-2-255-randomStart-false');
  });

  it('refuses what it does not know, with the nearest name', () => {
    const refuse = (spec: string, norm = 'linf') => expect(() => defenceNamed(spec, threatOf(norm)));
    refuse('trade').toThrow(/^--defence: expected `name` to be one of standard, .*, got "trade"\. Did you mean trades\?$/);
    refuse('energy-d0').toThrow('got "energy-d0". Did you mean energy-d2?');
    refuse('energy-x2').toThrow('expected `name` to be one of standard,');
    refuse('trades:bta=6').toThrow(
      'trades: expected `option` to be one of beta, steps, step, warmUp, awp, awpFrom, entmin, got "bta". Did you mean beta?',
    );
    refuse('free-at:awp=0.1').toThrow('free-at: expected `option` to be one of replays, step, got "awp".');
    refuse('trades:beta').toThrow('a name and options, as in pgd-at:steps=10, got "beta"');
    refuse('trades:beta=much').toThrow('trades: expected `beta` to be a number');
    refuse('trades:beta=-1').toThrow('trades: expected `beta` to be a finite number of at least 0, got -1.');
    refuse('pgd-at:randomStart=1').toThrow('pgd-at: expected `randomStart` to be true or false, got "1".');
    refuse('energy-d2:form=hubr').toThrow('energy-d2: expected `form` to be one of squared, huber, got "hubr". Did you mean huber?');
    refuse('energy-d2:warmUp=2').toThrow('energy-d2: expected `warmUp` to be a finite number of at least 0 and of at most 1, got 2.');
    refuse('energy-d2:weight=-1,weightWarmUp=0.5').toThrow('energy-d2: expected `weight` to be a finite number of at least 0, got -1.');
    refuse('vat').toThrow('vat: expected `threat.norm` to be one that it is defined for (l2), got "linf".');
    refuse('n-fgsm-at', 'l2').toThrow('one that it is defined for (linf), got "l2"');
    refuse('trades:awpFrom=0.5').toThrow('trades: expected `awpFrom` to be left out without awp, got 0.5.');
    expect(Object.keys(sharedSettings)).toEqual(['awp', 'awpFrom', 'entmin']);
  });
});
