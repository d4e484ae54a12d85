/** Requests as trees of values: what a later layer says replaces what an earlier one said, leaf by leaf. */

export type Tree = { readonly [key: string]: unknown };

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists are leaves. Keys such as `__proto__` stay keys. */
export function merge(under: Tree, over: Tree): Tree {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = Object.hasOwn(under, key) ? under[key] : undefined;
    return [key, isTree(below) && isTree(value) ? merge(below, value) : value] as const;
  });
  return Object.fromEntries([...Object.entries(under), ...merged]);
}

/** `{ a: { b: value } }` for `a.b`. */
export function branch(path: string, value: unknown): Tree {
  return path.split('.').reduceRight<unknown>((inner, key) => Object.fromEntries([[key, inner]]), value) as Tree;
}

export function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined),
    tree,
  );
}
