/** One model's row of the table, from what the metrics said of it. */
import type { Assessed } from './assess';
import type { DefenceRow, Passes, Results, RobustRow } from './results';

export type Measured = {
  readonly values: Pick<Assessed['values'], 'accuracy' | 'robustAccuracy' | 'perturbationSize'> &
    Partial<Pick<Assessed['values'], 'energy'>>;
} & Pick<Assessed, 'passes'> &
  Partial<Pick<Assessed, 'whole' | 'findings' | 'members' | 'rounded'>>;

const noEnergy: DefenceRow['energy'] = { D1: null, D2: null, D4: null, D8: null };

export function defenceRow(
  about: Pick<DefenceRow, 'name' | 'objective' | 'adversary' | 'gradientEvaluations'>,
  { values, passes, whole, findings, members, rounded }: Measured,
  threat: Results['threat'],
): DefenceRow {
  const rows = Object.entries(values.robustAccuracy).map(([attack, share]): RobustRow => {
    const { mean, median } = values.perturbationSize[attack] ?? { mean: null, median: null };
    return {
      attack,
      ...threat,
      ...share,
      distance: { mean, median },
      passes: attack === 'worst' ? sumOf(passes) : passes[attack]!,
      ...(members?.[attack] ? { members: members[attack] } : {}),
      ...(rounded?.shares[attack] ? { rounded: { bits: rounded.bits, ...rounded.shares[attack] } } : {}),
    };
  });
  const robust = rows.sort((a, b) => (a.accuracy ?? 0) - (b.accuracy ?? 0) || Number(b.attack === 'worst') - Number(a.attack === 'worst'));
  const energy = (values.energy as DefenceRow['energy'] | undefined) ?? noEnergy;
  return { ...about, clean: whole?.accuracy ?? values.accuracy, robust, energy, ...(findings ? { findings } : {}) };
}

function sumOf(passes: Assessed['passes']): Passes {
  const all = Object.values(passes);
  const sum = (read: (each: Passes) => number): number => all.reduce((total, each) => total + read(each), 0);
  return { forwards: sum(({ forwards }) => forwards), backwards: sum(({ backwards }) => backwards) };
}
