/** The two public LeNet5 with published figures: where they are, if they are, and how they are attacked. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Attack, linf, subset } from '@groundstate/core';
import { mnist } from '@groundstate/datasets';
import { directorySource } from '@groundstate/datasets/node';
import { accuracy, evaluate, robustAccuracy } from '@groundstate/metrics';
import { loadModelFromDirectory } from '@groundstate/models/node';

const root = fileURLToPath(new URL('../../..', import.meta.url));
export const data: string = resolve(root, process.env.GROUNDSTATE_DATA ?? '../shared/data');
export const haveAnchors: boolean = existsSync(join(data, 'anchors', 'mnist-lenet5-standard', 'model.json'));
if (!haveAnchors)
  console.warn(`No reference models in ${data}/anchors: the checks against published figures are skipped. Set GROUNDSTATE_DATA.`);

export type Counts = { readonly right: number; readonly standing: Readonly<Record<string, number>> };

/** Of the first `n` test images: how many are right, and how many of those stand after each attack (linf 0.3). */
export async function attackAnchor(
  name: 'standard' | 'pgd-trained',
  attacks: Readonly<Record<string, Attack>>,
  n: number,
): Promise<Counts> {
  const model = await loadModelFromDirectory(join(data, 'anchors', `mnist-lenet5-${name}`));
  const all = await mnist({ source: directorySource(join(data, 'mnist')) }).load('test');
  const examples = subset(
    all,
    Int32Array.from({ length: n }, (_, i) => i),
  );
  const report = await evaluate(model, examples, {
    attacks,
    threat: { norm: linf(), epsilon: 0.3 },
    metrics: [accuracy(), robustAccuracy()],
    seed: 0,
  });
  model.dispose();
  const values = report.values as unknown as { accuracy: { accuracy: number }; robustAccuracy: Record<string, { accuracy: number }> };
  const count = (share: { accuracy: number }): number => Math.round(share.accuracy * n);
  return {
    right: count(values.accuracy),
    standing: Object.fromEntries(Object.entries(values.robustAccuracy).map(([attack, share]) => [attack, count(share)])),
  };
}
