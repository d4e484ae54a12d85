/** What the attacks did, in lines below the table: how many are wrong in the end, what each member of an attack broke, the same in bits. */
import type { DefenceRow, RobustRow } from '../results';
import { percent } from './results-columns';

/** Fooled comes in two usual figures: how many are wrong in the end, and how many of those were right to begin with. */
export function attackLines({ clean, robust }: DefenceRow): string[] {
  const right = Math.round((clean.accuracy ?? 0) * clean.n);
  return [...robust.map((row) => fooledLine(row, right)), ...robust.flatMap(memberLines), ...roundedLines(robust)];
}

function fooledLine({ attack, accuracy, n }: RobustRow, right: number): string {
  const share = (part: number, whole: number): string => (whole === 0 ? '-' : `${((100 * part) / whole).toFixed(2)} %`);
  const standing = Math.round((accuracy ?? 0) * n);
  const [wrong, fooled] = [n - standing, right - standing];
  return `${attack}: ${wrong} of ${n} wrong (${share(wrong, n)}); fools ${fooled} of the ${right} that were right (${share(fooled, right)})`;
}

/** `auto-attack, member by member: apgd-ce broke 40, 58.0 % left; ...` */
function memberLines({ attack, members = [] }: RobustRow): string[] {
  if (members.length === 0) return [];
  const each = members.map(({ attack: member, broke, standing }) => {
    return `${member} broke ${broke}${standing === null ? '' : `, ${percent(standing.accuracy)} % left`}`;
  });
  return [`${attack}, member by member: ${each.join('; ')}`];
}

function roundedLines(robust: readonly RobustRow[]): string[] {
  const each = robust.flatMap(({ attack, rounded }) => (rounded ? [{ attack, rounded }] : []));
  const [first] = each;
  if (!first) return [];
  const shares = each.map(
    ({ attack, rounded }) => `${attack} ${percent(rounded.accuracy)} (${percent(rounded.low)}-${percent(rounded.high)})`,
  );
  return [`Right in % when adversarial images are rounded to ${first.rounded.bits} bits: ${shares.join(', ')}`];
}
