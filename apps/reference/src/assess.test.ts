import { linf, subset } from '@groundstate/core';
import { syntheticDigits } from '@groundstate/datasets';
import { linearModel } from '@groundstate/testing';
import { expect, it } from 'vitest';
import { assess, worstSoFar } from './assess';

it('the worst case so far is told with its interval and the number of images', () => {
  // Wilson: centre (0.884 + z^2/1500) / (1 + z^2/750), by hand 0.8820 +- 0.0229.
  expect(worstSoFar({ standing: 663, seen: 750 })).toBe('worst so far 88.4 % (85.9-90.5, n = 750)');
});

it('progress tells of it once a batch is done', async () => {
  const notes: string[] = [];
  const { signal } = new AbortController();
  const task = { at: (_: number, __: number, note: string) => void notes.push(note), finish: () => undefined, fail: () => undefined };
  const digits = await syntheticDigits({ seed: 0, train: 1, test: 260 }).load('test');
  // Bright images are of class 1: right where that is the label.
  const model = linearModel(new Array<number>(784).fill(0.01), -1, [28, 28, 1]);
  const positions = Int32Array.from(digits.labels.keys()).filter((i) => digits.labels[i]! < 2);
  const many = subset(
    digits,
    Int32Array.from({ length: 260 }, (_, i) => positions[i % positions.length]!),
  );
  const { findings } = await assess(model, many, {
    threat: { norm: linf(), epsilon: 0.01 },
    attacks: ['fgsm', 'pgd:steps=1'],
    seed: 0,
    signal,
    task,
  });
  expect(notes[0]).toMatch(/^fgsm step 1\/1, \d+ of 250 standing$/);
  expect(notes.find((note) => note.startsWith('worst so far'))).toMatch(/^worst so far [\d.]+ % \([\d.]+-[\d.]+, n = 250\)$/);
  expect(notes.some((note) => /^pgd step 1\/1, \d+ of 10 standing; worst so far .*, n = 250\)$/.test(note))).toBe(true);
  expect(notes.at(-1)).toMatch(/, n = 260\)$/);
  expect(findings.map(({ code }) => code)).toEqual(['few-classes']);
});
