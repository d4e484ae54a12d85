/** Numbers as the page writes them: a true minus sign, no more digits than they carry. */

export const none = '–';

/** A share as per cent, with one decimal: 0.613 is 61.3. */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? none : minus((100 * value).toFixed(1));
}

export function percentRange(low: number | null | undefined, high: number | null | undefined): string {
  return low === null || low === undefined || high === null || high === undefined ? none : `${percent(low)} to ${percent(high)}`;
}

/** A difference of shares in points, with its sign. */
export function points(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  const text = (100 * value).toFixed(1);
  return Number(text) > 0 ? `+${text}` : minus(text === '-0.0' ? '0.0' : text);
}

export function pointsRange(low: number | null | undefined, high: number | null | undefined): string {
  return low === null || low === undefined || high === null || high === undefined ? none : `${points(low)} to ${points(high)}`;
}

/** Three significant digits; large and small ones as powers of ten, as 1.2 × 10⁻⁵. */
export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
    const [digits, exponent] = value.toExponential(1).split('e');
    return `${minus(digits!)} × 10${superscript(Number(exponent))}`;
  }
  return minus(String(Number(value.toPrecision(3))));
}

/** A count as people say it: one decimal below ten, none above. */
export function brief(value: number): string {
  return value < 10 ? String(Number(value.toFixed(1))) : integer(value);
}

/** An integer with thin spaces between the thousands. */
export function integer(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  return minus(String(Math.round(value)).replaceAll(/\B(?=(\d{3})+(?!\d))/g, '\u202f'));
}

/** 47.2 s, 3 min 12 s, 1 h 4 min. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return none;
  if (seconds < 60) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `worstPathEnergy` is worst path energy. */
export function words(camelCase: string): string {
  return camelCase.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}

/** `one`, `one and other`, `one, other and third`. */
export function listed(names: readonly string[], last: 'and' | 'or' = 'and'): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} ${last} ${names.at(-1)}`;
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${integer(count)} ${count === 1 ? one : many}`;
}

const minus = (text: string): string => text.replace(/^-/, '−');
const superscript = (value: number): string => [...String(value)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻').join('');
