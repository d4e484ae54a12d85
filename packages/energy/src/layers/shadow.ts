/**
 * Puts a property of somebody else's object aside for a while. What was there comes back as it was, an inherited method
 * as an inherited one: nothing of ours stays on a model.
 */

/** Sets `object[key]` to `value` and returns the way back. Undo in the reverse order. */
export function shadow<T extends object>(object: T, key: PropertyKey, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(object, key);
  Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(object, key);
    else Object.defineProperty(object, key, before);
  };
}
