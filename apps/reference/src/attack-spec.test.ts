import { describe, expect, it } from 'vitest';
import { attackNames, parseAttack } from './attack-spec';

describe('parseAttack', () => {
  it('knows every attack of the package by the name on its card', () => {
    expect(attackNames).toEqual(expect.arrayContaining(['apgd-ce', 'fgsm', 'gaussian-noise', 'pgd', 'square', 'uniform-noise']));
    for (const name of attackNames) expect(parseAttack(name).card.name).toBe(name);
  });

  it('hands options to the attack: numbers, fractions, truth values', () => {
    expect(parseAttack('pgd:steps=7,step=2/255,randomStart=false')).toMatchObject({ kind: 'steps', steps: 7 });
    expect(parseAttack('square:queries=30,rescaleSchedule=true')).toMatchObject({ steps: 30 });
  });

  it('makes restarts of any attack a sequence', () => {
    const attack = parseAttack('pgd:steps=3,restarts=4');
    expect(attack.kind === 'sequence' && attack.members.length).toBe(4);
  });

  it('names what is wrong: the attack, the option, the form', () => {
    expect(() => parseAttack('pdg')).toThrow(/expected `name` to be one of .*pgd.*, got "pdg"/);
    expect(() => parseAttack('pgd:epsilon=3')).toThrow(
      "pgd: expected `option` to be one of 'steps', 'relativeStep', 'step', 'randomStart', 'loss', got \"epsilon\"",
    );
    expect(() => parseAttack('pgd:steps')).toThrow('a name and options, as in pgd:steps=40,step=0.01, got "steps"');
    expect(() => parseAttack('pgd:steps=few')).toThrow(
      'pgd: expected `steps` to be a number, true or false (anything else can only be set in code), got "few".',
    );
    expect(() => parseAttack('pgd:steps=1.5')).toThrow('pgd: expected `steps` to be an integer of at least 1, got 1.5.');
  });
});
