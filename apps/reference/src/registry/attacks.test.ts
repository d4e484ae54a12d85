import { readFileSync } from 'node:fs';
import * as attacks from '@groundstate/attacks';
import { describe, expect, it } from 'vitest';
import { attackEntries, attackNames, parseAttack } from './attacks';

describe('parseAttack', () => {
  it('knows every attack of the package by the name on its card', () => {
    expect(attackNames).toEqual(expect.arrayContaining(['apgd-ce', 'fgsm', 'gaussian-noise', 'pgd', 'square', 'uniform-noise']));
    expect(attackEntries.map(({ factory }) => factory).sort()).toEqual(Object.keys(attacks).sort());
    for (const name of attackNames) expect(parseAttack(name).card.name).toBe(name);
  });

  it('hands options to the attack: numbers, fractions, truth values', () => {
    expect(parseAttack('pgd:steps=7,step=2/255,randomStart=false')).toMatchObject({ kind: 'steps', steps: 7 });
    expect(parseAttack('square:queries=30,rescaleSchedule=true')).toMatchObject({ steps: 30 });
  });

  it('makes restarts of any attack a sequence', () => {
    const attack = parseAttack('pgd:steps=3,restarts=4');
    expect(attack.kind === 'sequence' && attack.members.length).toBe(4);
    expect(parseAttack('pgd:steps=3,restarts=1').kind).toBe('steps');
  });

  it('names what is wrong: the attack, the option, the form', () => {
    expect(() => parseAttack('sqare')).toThrow(/^--attack: expected `name` to be one of .*pgd.*, got "sqare"\. Did you mean square\?$/);
    expect(() => parseAttack('pgd:epsilon=3')).toThrow(
      'pgd: expected `option` to be one of steps, relativeStep, step, randomStart, restarts, got "epsilon".',
    );
    expect(() => parseAttack('square:querys=3')).toThrow('got "querys". Did you mean queries?');
    expect(() => parseAttack('pgd:steps')).toThrow('a name and options, as in pgd:steps=40,step=0.01, got "steps"');
    expect(() => parseAttack('pgd:steps=few')).toThrow('pgd: expected `steps` to be a number, true or false, got "few".');
    expect(() => parseAttack('pgd:steps=1.5')).toThrow('pgd: expected `steps` to be an integer of at least 1, got 1.5.');
    expect(() => parseAttack('pgd:steps=3,steps=4')).toThrow('pgd: expected `steps` to be given once, got "pgd:steps=3,steps=4".');
    expect(() => parseAttack('pgd:restarts=0')).toThrow('pgd: expected `restarts` to be an integer of at least 1, got 0.');
  });
});

describe('attackEntries', () => {
  /** What the doc comments of the options say, by name; those of PGD stand in core. */
  const documented = (path: string): Map<string, string> => {
    const source = readFileSync(new URL(`../../../../packages/${path}`, import.meta.url), 'utf8');
    const found = [...source.matchAll(/@default ([^*]+?) \*\/\s+readonly (\w+)\??:/g)];
    return new Map(found.map(([, usual, name]) => [name!, usual!]));
  };

  it('says what an option is by default as the doc comments of the attacks do', () => {
    const files = { pgd: 'core/src/drivers/ascent.ts', 'apgd-ce': 'attacks/src/apgd.ts', square: 'attacks/src/square.ts' };
    for (const [name, path] of [...Object.entries(files), ['uniform-noise', 'attacks/src/noise.ts'] as const]) {
      const { options } = attackEntries.find(({ card }) => card.name === name)!;
      expect(options.length).toBeGreaterThan(0);
      const said = documented(path);
      for (const option of options) expect([option.name, said.get(option.name)?.split(',')[0]]).toEqual([option.name, option.usual]);
    }
    const noises = attackEntries.filter(({ card }) => card.name.endsWith('-noise')).map(({ options }) => options);
    expect(noises[0]).toEqual(noises[1]);
  });

  it('takes each of these defaults when it is typed', () => {
    for (const { card, options } of attackEntries) {
      for (const { name, usual } of options) {
        if (usual && !/[a-z]/.test(usual.replace(/true|false/, '')))
          expect(parseAttack(`${card.name}:${name}=${usual}`).card).toEqual(card);
      }
    }
  });
});
