/** What the figures of the results are of: data, threat, intervals, and what an image cost. */
import type { DefenceRow, Results } from '../results';
import { strongestFirst } from '../results';
import { showBudget } from '../show-budget';
import { robustRow } from './results-columns';

export function resultsLegend({ dataset, threat, seeds, task, defences, visits, labels, cascade }: Results): readonly string[] {
  const [row] = defences;
  const few = row && task === 'semi-supervised';
  const spread = `95 % intervals over the ${seeds.length === 1 ? 'images' : `${seeds.length} seeds`}`;
  const passes = passesOf(defences);
  return [
    `${dataset.name}, ${threat.norm} ${showBudget(threat.epsilon)}: right in % of ${dataset.test}; below, ${spread}.`,
    ...(cascade ? [cascadeNote(cascade)] : []),
    ...(few ? [`test error: in % of ${row.clean.n} images that are not attacked, from ${labels?.count ?? 'a few'} labels.`] : []),
    `gradients: ${visits === null ? 'evaluations of one training' : 'evaluations an image visited in training'}.`,
    ...(passes.length === 0 ? [] : [`An attacked image takes at most, forwards + backwards: ${passes.join(', ')}.`]),
  ];
}

/** What columns mean that are not each an attack's own. */
export function cascadeNote(attacks: readonly string[]): string {
  return `Survivors only, in the order ${attacks.map((attack) => attack.split(':')[0]).join(', ')}: each column is after that attack and all before it.`;
}

/** Of the model that took most: an attack stops where it has fooled one. */
function passesOf(defences: readonly DefenceRow[]): readonly string[] {
  return strongestFirst(defences).flatMap((name) => {
    const rows = defences.flatMap((row) => robustRow(row, name) ?? []);
    const most = (read: (passes: NonNullable<(typeof rows)[number]['passes']>) => number): number =>
      Math.max(...rows.map(({ passes, n }) => (passes && n > 0 ? read(passes) / n : 0)));
    if (rows.some(({ passes }) => passes === undefined)) return [];
    return [`${name.split(':')[0]} ${Math.ceil(most(({ forwards }) => forwards))} + ${Math.ceil(most(({ backwards }) => backwards))}`];
  });
}
