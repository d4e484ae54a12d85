import { apgdCe, autoAttack, pgd, square } from '@groundstate/attacks';
import { type Attack, examplesFromArrays, linf, restarts, sequence } from '@groundstate/core';
import type { Outcomes } from '@groundstate/metrics';
import { leakedTensors, linearModel } from '@groundstate/testing';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { type Audit, auditSchema } from './audit/audit';
import { findingLines, findingsOf, inspected, squareFindings } from './findings';
import type { Finding, ModelRow } from './results';

const threat = { norm: linf(), epsilon: 0.1 };
const model = linearModel([1, -1], 0);

describe('inspected', () => {
  const examples = (n: number) =>
    examplesFromArrays({ inputs: new Float32Array(2 * n).fill(0.5), labels: new Array<number>(n).fill(1), shape: [2] });

  it('looks at the first batch, and leaves no tensor', async () => {
    let most = 0;
    const seen = linearModel([1, -1], 0);
    const probabilities = {
      ...seen,
      logits: (...given: Parameters<typeof seen.logits>) => {
        most = Math.max(most, given[0].shape[0]!);
        return tf.softmax(seen.logits(...given)) as Tensor2D;
      },
    };
    let codes: string[] = [];
    const leaked = await leakedTensors(async () => {
      codes = (await inspected(probabilities, examples(300), threat, 0)).map(({ code }) => code);
      return [];
    });
    expect(codes).toEqual(['probabilities', 'few-classes']);
    expect([most, leaked]).toEqual([250, 0]);
    expect(await inspected(probabilities, examples(0), threat, 0)).toEqual([]);
  });
});

describe('squareFindings', () => {
  const outcomes = (standing: Readonly<Record<string, string>>): Outcomes => ({
    ids: Array.from(standing.pgd ?? standing.auto!, (_, i) => i),
    standing,
  });
  const of = (attacks: Readonly<Record<string, Attack>>, seen: Outcomes, members: readonly number[] = []) => {
    const brokenBy = Object.fromEntries(Object.keys(attacks).map((name) => [name, { right: 10, earlier: 0, members }]));
    return squareFindings(attacks, { outcomes: seen, brokenBy }, { model, threat });
  };

  it('compares what stands under gradients with what stands under Square as well, example by example', () => {
    const attacks = { pgd: pgd(), 'apgd-ce': apgdCe(), square: square() };
    // Seven stand under both; Square breaks three of these, and one that PGD broke already.
    const standing = { pgd: '1111111101', 'apgd-ce': '1111111010', square: '0001111101' };
    expect(of(attacks, outcomes(standing))).toMatchObject([{ code: 'square-beats-gradients', figure: 0.3 }]);
    expect(of(attacks, outcomes({ ...standing, square: '0011111111' }))).toEqual([]);
    // Nobody to compare with.
    expect(of({ square: square() }, outcomes({ pgd: '', square: '' }))).toEqual([]);
    expect(of({ pgd: pgd() }, outcomes(standing))).toEqual([]);
    expect(of({ pgd: pgd(), square: restarts(square(), 2) }, outcomes(standing))).toMatchObject([{ figure: 0.3 }]);
  });

  it('takes the members of one attack, where they follow one another', () => {
    const seen = outcomes({ auto: '1111000000' });
    expect(of({ auto: autoAttack() }, seen, [2, 0, 0, 4])).toMatchObject([
      { figure: 0.4, message: expect.stringContaining('broke 4 of 10') },
    ]);
    expect(of({ auto: autoAttack() }, seen, [6, 0, 0, 0])).toEqual([]);
    // Square first: whether gradients would have done it nobody knows.
    expect(of({ auto: sequence({ name: 'two', members: [square(), pgd()], keep: 'first' }) }, seen, [6])).toEqual([]);
    expect(of({ auto: sequence({ name: 'two', members: [pgd(), square()], keep: 'worst' }) }, seen, [0, 6])).toEqual([]);
  });
});

describe('findings of a run', () => {
  const finding = (code: string): Finding => ({ code, figure: 1, message: `${code} it is.` });
  const defence = (name: string, seed: number, findings?: readonly Finding[]): ModelRow =>
    ({ name, seed, ...(findings ? { findings } : {}) }) as unknown as ModelRow;
  const check = (name: string, verdict: 'fine' | 'suspicious') => ({
    check: name,
    question: '',
    verdict,
    answer: `${name} seen.`,
    figures: {},
  });
  const audit = {
    schema: auditSchema,
    defences: [
      {
        name: 'pgd-at',
        seed: 1,
        masking: [check('zero-gradients', 'suspicious'), check('more-steps', 'suspicious'), check('not-finite', 'fine')],
      },
    ],
  } as unknown as Audit;

  it('are those of the results and, after them, what the audit alone calls suspicious', () => {
    const defences = [defence('pgd-at', 0, [finding('few-classes')]), defence('pgd-at', 1, [finding('zero-gradients')]), defence('old', 0)];
    expect(findingsOf({ defences, seeds: [0, 1] }, audit)).toEqual([
      { model: 'pgd-at, seed 0', code: 'few-classes', message: 'few-classes it is.', seen: 'before and after the attacks' },
      { model: 'pgd-at, seed 1', code: 'zero-gradients', message: 'zero-gradients it is.', seen: 'before and after the attacks' },
      { model: 'pgd-at, seed 1', code: 'more-steps', message: 'more-steps seen.', seen: 'in the audit' },
    ]);
    expect(findingLines({ defences: [defence('pgd-at', 1)], seeds: [1] }, audit)).toEqual([
      'Finding: pgd-at, zero-gradients: zero-gradients seen.',
      'Finding: pgd-at, more-steps: more-steps seen.',
    ]);
    expect(findingLines({ defences, seeds: [0, 1] }, null)).toHaveLength(2);
  });
});
