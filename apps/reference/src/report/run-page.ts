/** What the sections of a run's report have in common. */
import { type Series, seriesOf } from './palette';
import type { RunReportInput } from './report-input';

export type RunPage = {
  readonly input: RunReportInput;
  /** A look for every defence, the same in all charts. */
  readonly series: readonly Series[];
  /** By the name of every attack of the run, the strongest on average first; `worst` is not among them. */
  readonly attacks: readonly string[];
  /** Test images that were attacked. */
  readonly n: number;
};

export function runPage(input: RunReportInput): RunPage {
  const { defences } = input.results;
  const names = [...new Set(defences.flatMap(({ robust }) => robust.map(({ attack }) => attack)))].filter((name) => name !== 'worst');
  const strength = (name: string): number =>
    defences.reduce((sum, { robust }) => sum + (robust.find(({ attack }) => attack === name)?.accuracy ?? 1), 0);
  return {
    input,
    series: seriesOf(defences.map(({ name }) => name)),
    attacks: names.sort((a, b) => strength(a) - strength(b)),
    n: defences[0]!.clean.n,
  };
}
