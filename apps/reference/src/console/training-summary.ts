/** What came of a training, in a few lines, and how to attack the model. */

import { isDrawn } from '../registry/datasets';
import type { Decided, Training } from '../training/train-model';
import { quoted } from './quoted';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const figure = (value: number): string => value.toLocaleString('en');

/** `folder`: where the model is, as one can type it. */
export function trainingSummary(training: Training, folder: string, { dataset, data }: Decided): string {
  const { model, defence, threat, history, gradientEvaluations } = training;
  const { epochs, best, stopped, selected } = history;
  const visits = training.dataset.train * epochs.length;
  const last = epochs.at(-1);
  const losses = Object.entries(last?.terms ?? {}).map(([term, value]) => `${term} ${value.toPrecision(4)}`);
  const lines = [
    `${defence.specification} on ${model.specification}: ${figure(model.parameters)} weights, ${figure(training.dataset.train)} examples of ${training.dataset.name}, ` +
      `${epochs.length} ${epochs.length === 1 ? 'epoch' : 'epochs'}`,
    `${figure(gradientEvaluations)} gradient evaluations, ${figure(Math.round(gradientEvaluations / visits))} an example and visit`,
    `last epoch: ${losses.join(', ')}`,
  ];
  if (stopped) lines.push(`stopped after epoch ${stopped.epoch}: the robust accuracy has not risen since epoch ${stopped.since}`);
  if (best && selected) {
    const held = `${figure(training.dataset.validation)} held-out examples`;
    lines.push(`kept: epoch ${selected.epoch}, ${percent(best.clean)} right and ${percent(best.robust)} robust on ${held}`);
  }
  const where = isDrawn(dataset) || data === null ? '' : ` --data ${quoted(data)}`;
  const budget = `--norm ${threat.norm} --epsilon ${threat.epsilon}`;
  const attacks = threat.norm === 'l1' ? '--attack pgd' : '--attack apgd-ce --attack square:queries=1000';
  return [
    ...lines,
    '',
    `The model is in ${folder}. To attack it:`,
    `  groundstate evaluate --model ${quoted(folder)} --dataset ${quoted(dataset)}${where} ${budget} ${attacks}`,
  ].join('\n');
}
