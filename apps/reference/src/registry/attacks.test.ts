import { existsSync, readFileSync } from 'node:fs';
import * as attacks from '@groundstate/attacks';
import { describe, expect, it } from 'vitest';
import { attackEntries, attackNames, notAttacks, parseAttack } from './attacks';

describe('parseAttack', () => {
  it('knows every attack of the package by the name on its card', () => {
    expect(attackNames).toEqual(expect.arrayContaining(['apgd-ce', 'fgsm', 'gaussian-noise', 'pgd', 'square', 'uniform-noise']));
    const exported = Object.keys(attacks).filter((name) => !notAttacks.includes(name));
    expect(attackEntries.map(({ factory }) => factory).sort()).toEqual(exported.sort());
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

  it('puts the mean over draws around any attack, and restarts around that', () => {
    const { eot } = attacks;
    expect(parseAttack('pgd:steps=3,eot=4').card).toEqual(eot(parseAttack('pgd:steps=3'), { samples: 4 }).card);
    expect(parseAttack('pgd:steps=3,eot=1').card.name).toBe('pgd');
    const both = parseAttack('pgd:steps=3,restarts=2,eot=4');
    expect(both.kind === 'sequence' && both.members.map(({ card }) => card.name)).toEqual(['pgd-eot', 'pgd-eot']);
    for (const name of attackNames) expect(parseAttack(`${name}:eot=2`).card.name).toBe(`${name}-eot`);
  });

  it('hands words to the attack, from the list that the attack itself has', () => {
    expect(attackEntries.find(({ card }) => card.name === 'auto-attack')?.options).toEqual([
      { name: 'version', usual: 'standard', choices: ['standard', 'plus', 'rand'] },
    ]);
    expect(parseAttack('auto-attack').card.name).toBe('auto-attack');
    expect(parseAttack('auto-attack:version=plus').card.name).toBe('auto-attack-plus');
    expect(() => parseAttack('auto-attack:version=standart')).toThrow(
      'auto-attack: expected `version` to be one of standard, plus, rand, got "standart". Did you mean standard?',
    );
  });

  it('names what is wrong: the attack, the option, the form', () => {
    expect(() => parseAttack('sqare')).toThrow(/^--attack: expected `name` to be one of .*pgd.*, got "sqare"\. Did you mean square\?$/);
    expect(() => parseAttack('pgd:epsilon=3')).toThrow(
      'pgd: expected `option` to be one of steps, relativeStep, step, randomStart, restarts, eot, got "epsilon".',
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
  /** What the doc comments of the options say, by name: of the attack's own file, and of those that it shares with others. */
  const shared: Readonly<Record<string, string>> = {
    pgd: 'core/src/drivers/ascent.ts',
    'apgd-ce': 'attacks/src/apgd.ts',
    'apgd-dlr': 'attacks/src/apgd.ts',
    'apgd-t': 'attacks/src/apgd.ts',
    'fab-t': 'attacks/src/fab.ts',
    ...Object.fromEntries(['mi', 'ni', 'di', 'ti', 'si-ni', 'vmi', 'vni'].map((name) => [`${name}-fgsm`, 'attacks/src/momentum.ts'])),
    'hop-skip-jump': 'attacks/src/label-search.ts',
    boundary: 'attacks/src/label-search.ts',
    'uniform-noise': 'attacks/src/noise.ts',
    'gaussian-noise': 'attacks/src/noise.ts',
  };
  const documented = (name: string): Map<string, string> => {
    const tuned = /^v[mn]i-/.test(name) ? 'attacks/src/variance-tuned.ts' : undefined;
    const paths = [shared[name], tuned, `attacks/src/${name}.ts`].flatMap((path) => (path ? [`../../../../packages/${path}`] : []));
    const files = paths.map((path) => new URL(path, import.meta.url)).filter((file) => existsSync(file));
    const sources = files.map((file) => readFileSync(file, 'utf8')).join('\n');
    const found = [...sources.matchAll(/@default ([^*]+?)\s*\*\/\s+readonly (\w+)\??:/g)];
    return new Map(found.map(([, usual, option]) => [option!, usual!.split(',')[0]!.replaceAll("'", '')]));
  };

  it('says what an option is by default as the doc comments of the attacks do', () => {
    let compared = 0;
    for (const { card, options } of attackEntries) {
      const said = documented(card.name);
      for (const { name, usual } of options) {
        if (usual === undefined) continue;
        expect([card.name, name, said.get(name)]).toEqual([card.name, name, usual]);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(15);
    for (const name of ['pgd', 'apgd-ce', 'square', 'uniform-noise', 'auto-attack']) {
      const { options } = attackEntries.find(({ card }) => card.name === name)!;
      expect(options.length).toBeGreaterThan(0);
      for (const option of options) expect([option.name, option.usual]).toEqual([option.name, documented(name).get(option.name)]);
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
