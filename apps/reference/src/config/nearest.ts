import { closest, distance } from 'fastest-levenshtein';

/** "Did you mean ...?" where one of the names is near enough for that to be a help. */
export function didYouMean(wanted: unknown, names: readonly string[]): string | undefined {
  if (typeof wanted !== 'string' || wanted === '' || names.length === 0) return undefined;
  const name = closest(wanted, names);
  // Two letters of five may be wrong; beyond that it is another word. Of names as short as l2, none.
  return distance(wanted, name) <= Math.floor(0.4 * name.length) ? `Did you mean ${name}?` : undefined;
}
