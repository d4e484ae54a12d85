/** One model's row of the table, from what the metrics said of it. */
import type { Assessed } from './assess';
import type { DefenceRow, Passes, Results, RobustRow } from './results';

export function defenceRow(
  about: Pick<DefenceRow, 'name' | 'objective' | 'adversary' | 'gradientEvaluations'>,
  { values, passes, whole }: Pick<Assessed, 'passes' | 'whole'> & { readonly values: Omit<Assessed['values'], 'outcomes'> },
  threat: Results['threat'],
): DefenceRow {
  const rows = Object.entries(values.robustAccuracy).map(([attack, share]): RobustRow => {
    const { mean, median } = values.perturbationSize[attack] ?? { mean: null, median: null };
    return { attack, ...threat, ...share, distance: { mean, median }, passes: attack === 'worst' ? sumOf(passes) : passes[attack]! };
  });
  const robust = rows.sort((a, b) => (a.accuracy ?? 0) - (b.accuracy ?? 0) || Number(b.attack === 'worst') - Number(a.attack === 'worst'));
  return { ...about, clean: whole?.accuracy ?? values.accuracy, robust, energy: values.energy as DefenceRow['energy'] };
}

function sumOf(passes: Assessed['passes']): Passes {
  const all = Object.values(passes);
  const sum = (read: (each: Passes) => number): number => all.reduce((total, each) => total + read(each), 0);
  return { forwards: sum(({ forwards }) => forwards), backwards: sum(({ backwards }) => backwards) };
}
