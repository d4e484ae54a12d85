import { expected } from '@groundstate/core';

/** A number as people write budgets: `0.3`, `1e-3` or `8/255`. */
export function parseNumber(owner: string, name: string, text: string): number {
  const match = /^\s*([^/\s]+)\s*(?:\/\s*([^/\s]+)\s*)?$/.exec(text);
  const value = match ? Number(match[1]) / (match[2] === undefined ? 1 : Number(match[2])) : Number.NaN;
  if (text.trim() === '' || !Number.isFinite(value)) throw expected(owner, name, "a number, such as 0.3 or '8/255'", text);
  return value;
}
