/** A stability report as text. */
import type { StabilityReport } from './stability-report';

const meanings: readonly (readonly [keyof StabilityReport['mean'], string])[] = [
  ['loss', 'l(x), the cross-entropy'],
  ['gap', 'l(x + r) - l(x), what adversarial training sees'],
  ['d1', 'D_1 = gap^2'],
  ['d2', 'D_2, what the regulariser sees'],
  ['d4', 'D_4'],
  ['d8', 'D_8'],
  ['tv1', 'TV_1 = abs(gap)'],
  ['tv2', 'TV_2'],
  ['tv4', 'TV_4'],
  ['tv8', 'TV_8'],
  ['pathEnergy', 'P, the limit of D_K, by quadrature'],
  ['pathBound', 'size(r)^2 mean norm(g)^2 along the path, at least P'],
  ['gradient', 'norm(g(x)), dual'],
  ['largestGradient', 'the largest norm(g) seen: an ESTIMATE of the supremum, from below'],
  ['ballEnergy', 'mean norm(g)^2 in the ball, sampled'],
  ['ballBound', 'no gap is larger, if the Hessian is bounded as stated'],
  ['kl', 'KL(p(x) || p(x + r))'],
  ['virtualD2', 'D_2 averaged over the classes: at least KL^2'],
  ['jacobianBound', '(norm(r)^2 / 4) mean norm(J)^2 along the path: at least KL, by quadrature'],
  ['fisherBound', '(norm(r)^2 / 2) tr F: KL for small r'],
  ['radiusEstimate', '(log 2 - l) / largest norm(g): an ESTIMATE, no certificate'],
  ['smoothedRadius', 'of the smoothed classifier: an ESTIMATE, from few samples'],
];

/**
 * The means, one to a line, with what each of them is.
 *
 * @example
 * console.log(stabilityTable(report));
 */
export function stabilityTable({ threat, examples, mean, holds }: StabilityReport): string {
  // What was not asked for has a number nowhere; a mean that one NaN has spoiled is shown.
  const known = meanings.filter(([name]) => examples.some((example) => example[name] !== undefined && !Number.isNaN(example[name])));
  const width = Math.max(...known.map(([name]) => name.length));
  const lines = known.map(([name, meaning]) => `${name.padEnd(width)}  ${mean[name]!.toPrecision(4).padStart(10)}  ${meaning}`);
  const relations = Object.entries(holds).map(([name, held]) => `${name} ${held ? 'holds' : 'IS VIOLATED'}`);
  return [
    `Means of ${examples.length} examples, ${threat.norm} ${threat.epsilon}:`,
    ...lines,
    `Exact relations, to rounding: ${relations.join(', ')}.`,
  ].join('\n');
}
