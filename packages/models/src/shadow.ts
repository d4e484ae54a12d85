/**
 * One property of some objects, replaced while a function runs.
 */

/** Runs `body` while `key` of every object is what `replace` gives for it. What was there comes back, also when `body` throws. */
export function shadowed<Owner extends object, Result>(
  objects: readonly Owner[],
  key: keyof Owner,
  replace: (object: Owner) => unknown,
  body: () => Result,
): Result {
  const before: { readonly object: Owner; readonly property: PropertyDescriptor | undefined }[] = [];
  try {
    for (const object of objects) {
      // Somebody else may have shadowed it too (a callback): theirs comes back, not the prototype's.
      before.push({ object, property: Object.getOwnPropertyDescriptor(object, key) });
      Object.defineProperty(object, key, { value: replace(object), configurable: true, writable: true });
    }
    return body();
  } finally {
    for (const { object, property } of before.reverse()) {
      if (property === undefined) Reflect.deleteProperty(object, key);
      else Object.defineProperty(object, key, property);
    }
  }
}
