import * as attacks from '@groundstate/attacks';
import { describe, expect, it } from 'vitest';
import type { Output } from '../console/output';
import { notAttacks } from '../registry/attacks';
import { defenceEntries } from '../registry/defences';
import { listAttacks, listDefences, listModels } from './list';

type Entry = { readonly name: string; readonly factory: string; readonly parameters?: number; readonly options: readonly object[] };

/** What a list answers: for people, and for machines. */
async function answerOf(
  list: (output: Output) => Promise<void>,
): Promise<{ readonly text: string; readonly data: Record<string, Entry[]> }> {
  let answered: { text: string; data: Record<string, Entry[]> } | undefined;
  const answer = (text: string, data: unknown): void => {
    expect(answered).toBeUndefined();
    answered = { text, data: JSON.parse(JSON.stringify(data)) };
  };
  await list({ answer } as Output);
  return answered!;
}

describe('the lists', () => {
  it('fit a terminal of 100 columns, and mention every name and every option', async () => {
    for (const list of [listAttacks, listDefences, listModels]) {
      const { text, data } = await answerOf(list);
      for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
      const entries = Object.values(data)[0]!;
      expect(entries.length).toBeGreaterThan(1);
      for (const { name, options } of entries) {
        expect(text).toContain(` ${name} `);
        for (const option of options as { name: string }[]) expect(text).toContain(option.name);
      }
    }
  });

  it('name for machines what is exported, with the card and the options', async () => {
    const listed = await answerOf(listAttacks);
    const exported = Object.keys(attacks).filter((name) => !notAttacks.includes(name));
    expect(listed.data.attacks!.map(({ factory }) => factory).sort()).toEqual(exported.sort());
    expect(listed.data.attacks!.find(({ name }) => name === 'square')).toMatchObject({
      norms: ['linf', 'l2', 'l1'],
      access: 'logits',
      options: [
        { name: 'queries', usual: '5000' },
        { name: 'initialShare', usual: '0.8' },
        { name: 'rescaleSchedule', usual: 'false' },
      ],
    });
    const { defences } = (await answerOf(listDefences)).data;
    expect(defences!.map(({ name }) => name)).toEqual(defenceEntries.map(({ card }) => card.name));
    expect(defences!.find(({ name }) => name === 'energy-d2')).toMatchObject({ cost: 8, norms: ['linf', 'l2', 'l1'], awp: true });
  });

  it('say how many weights the networks have', async () => {
    const { models } = (await answerOf(listModels)).data;
    // The count of the convnet stands in its own documentation; 784 * 256 + 256 and so on for the other.
    const counted = Object.fromEntries(models!.map(({ name, parameters }) => [name, parameters]));
    expect(counted).toMatchObject({
      convnet: 166_406,
      mlp: 784 * 256 + 256 + 256 * 256 + 256 + 256 * 10 + 10,
      'preact-resnet-18': 11_172_170,
    });
  });
});
