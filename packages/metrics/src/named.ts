/** Records by the name of an attack, and how two of them are joined. */

/** What only one side has stays as it is. */
export function joined<T>(
  left: Readonly<Record<string, T>>,
  right: Readonly<Record<string, T>>,
  combine: (left: T, right: T) => T,
): Record<string, T> {
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [first, second] = [left[name], right[name]];
      return [name, first === undefined ? second! : second === undefined ? first : combine(first, second)];
    }),
  );
}
