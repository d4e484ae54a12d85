/**
 * Adversarial examples in a file that numpy reads: `ids` and `labels` [n], `attacks` (names) [k], `adversarial` float32
 * [k, n, ...shape], `success` and `distance` [k, n]; `norm`, `epsilon`, `dataset` and `model` say what they are of.
 */
import { lstat } from 'node:fs/promises';
import { expected, GroundstateError } from '@groundstate/core';
import type { NpyArray } from '../npz/npy';
import { readNpz, writeNpz } from '../npz/npz';

/** Attack by attack, and within it example by example. */
export type SavedAdversarial = {
  readonly attacks: readonly string[];
  /** Of one example. */
  readonly shape: readonly number[];
  readonly ids: Int32Array;
  /** Where the file has them: they are compared with the data set's. */
  readonly labels?: Int32Array;
  readonly adversarial: Float32Array;
  /** What was said of them when they were saved; nobody believes it. */
  readonly success?: readonly boolean[];
  readonly distance?: Float32Array;
  readonly about: { readonly norm?: string; readonly epsilon?: number; readonly dataset?: string; readonly model?: string };
};

/** To be asked before the work, and again after it. */
export async function refuseExisting(path: string): Promise<void> {
  const there = await lstat(path).then(
    () => true,
    () => false,
  );
  if (there)
    throw expected(
      '--save-adversarial',
      path,
      'a file that does not exist yet',
      'one that does',
      'Nothing is overwritten: choose another name.',
    );
}

export async function saveAdversarial(path: string, saved: SavedAdversarial): Promise<void> {
  const { attacks, shape, ids, labels, adversarial, success, distance, about } = saved;
  const [k, n] = [attacks.length, ids.length];
  const word = (text: string | undefined): NpyArray => ({ shape: [], values: [text ?? ''] });
  await writeNpz(path, {
    ids: { shape: [n], values: ids },
    ...(labels ? { labels: { shape: [n], values: labels } } : {}),
    attacks: { shape: [k], values: attacks },
    adversarial: { shape: [k, n, ...shape], values: adversarial },
    ...(success ? { success: { shape: [k, n], values: success } } : {}),
    ...(distance ? { distance: { shape: [k, n], values: distance } } : {}),
    norm: word(about.norm),
    epsilon: { shape: [], values: Float64Array.of(about.epsilon ?? Number.NaN) },
    dataset: word(about.dataset),
    model: word(about.model),
  });
}

/** `ids` and `adversarial` are enough: [n, ...shape], or [k, n, ...shape] for several attacks. */
export async function readAdversarial(path: string, shape: readonly number[]): Promise<SavedAdversarial> {
  const arrays = await readNpz(path);
  const bad = (name: string, rule: string, got: string): GroundstateError =>
    new GroundstateError('invalid-data', `--adversarial: expected \`${name}\` of ${path} to be ${rule}, got ${got}.`);
  if (!arrays) throw new GroundstateError('not-found', `--adversarial: expected \`${path}\` to be a file, got none there.`);
  const { ids, adversarial, labels, attacks, success, distance } = arrays;
  if (!ids) throw bad('ids', 'the ids of the clean examples in the data set', 'no such array');
  if (!adversarial) throw bad('adversarial', 'the adversarial inputs', 'no such array');
  const n = ids.values.length;
  const wanted = [n, ...shape].join(', ');
  const got = adversarial.shape.join(', ');
  const several = adversarial.shape.length === shape.length + 2;
  const count = several ? adversarial.shape[0]! : 1;
  if (got !== wanted && got !== `${count}, ${wanted}`) {
    throw bad('adversarial', `of shape [${wanted}], or [attacks, ${wanted}]`, `[${got}]`);
  }
  const names = attacks
    ? (attacks.values as readonly unknown[]).map(String)
    : Array.from({ length: count }, (_, i) => (several ? `attack ${i}` : 'adversarial'));
  if (names.length !== count) throw bad('attacks', `${count} names`, `${names.length}`);
  const twice = names.find((name, i) => names.indexOf(name) !== i || name === 'worst' || name === 'clean');
  if (twice !== undefined) throw bad('attacks', "names that differ, and other than 'worst' and 'clean'", `"${twice}"`);
  for (const [name, array, size] of [
    ['labels', labels, n],
    ['success', success, count * n],
    ['distance', distance, count * n],
  ] as const) {
    if (array && array.values.length !== size) throw bad(name, `${size} values`, `${array.values.length}`);
  }
  const integers = (name: string, { values }: NpyArray): Int32Array => {
    const found = Array.from<unknown>(values).findIndex((value) => !Number.isInteger(value));
    if (found >= 0) throw bad(name, 'integers', String(values[found]));
    return Int32Array.from(values as Int32Array);
  };
  const number = arrays.epsilon?.values[0];
  const word = (name: string): string | undefined => {
    const value = arrays[name]?.values[0];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const said = { norm: word('norm'), dataset: word('dataset'), model: word('model') };
  return {
    attacks: names,
    shape,
    ids: integers('ids', ids),
    ...(labels ? { labels: integers('labels', labels) } : {}),
    adversarial: Float32Array.from(adversarial.values as Float32Array),
    ...(success ? { success: Array.from(success.values as readonly unknown[], Boolean) } : {}),
    ...(distance ? { distance: Float32Array.from(distance.values as Float32Array) } : {}),
    about: {
      ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
      ...(typeof number === 'number' && Number.isFinite(number) ? { epsilon: number } : {}),
    },
  };
}
