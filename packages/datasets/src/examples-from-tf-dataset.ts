/** A dataset of TensorFlow.js (`tf.data`) as examples: read once, kept as float32. */
import { checkKeys, checkNumber, type Examples, examplesFromArrays, expected, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

/** What `tf.data.array`, `tf.data.csv`, `tf.data.generator` and their like make; this package does not depend on theirs. */
export interface TfDataset {
  /** A new pass over the elements. */
  iterator(): Promise<{
    /** The next element, or `done`. */
    next(): Promise<{ readonly value: unknown; readonly done?: boolean }>;
  }>;
}

/** Options of `examplesFromTfDataset`. */
export interface ExamplesFromTfDatasetOptions {
  /** Shape of one example: elements of this shape are single examples, elements with one axis more are batches. */
  readonly shape: readonly number[];
  /** Classes, for one-hot labels and to check sparse ones. @default as many as the labels say */
  readonly classes?: number;
  /** More examples are an error: a dataset that is repeated has no end. @default 1000000 */
  readonly limit?: number;
}

const owner = 'examplesFromTfDataset';

/**
 * Reads a dataset of `tf.data` once, from beginning to end.
 * Elements are `{ xs, ys }` or `[xs, ys]`, of tensors, numbers or nested arrays; a batch of them or one at a time. Labels are class numbers,
 * or one-hot. Inputs are taken as they are, in the units of your model's bounds. All tensors of the elements are disposed of.
 *
 * @throws GroundstateError `invalid-data` for an element that does not fit, with its position.
 * @example
 * const examples = await examplesFromTfDataset(tf.data.csv(url).map(toXsAndYs).batch(64), { shape: [28, 28, 1] });
 */
export async function examplesFromTfDataset(dataset: TfDataset, options: ExamplesFromTfDatasetOptions): Promise<Examples> {
  if (typeof dataset?.iterator !== 'function') throw expected(owner, 'dataset', 'a dataset of tf.data, with an `iterator`', dataset);
  if (typeof options !== 'object' || options === null) throw expected(owner, 'options', 'an object with a `shape`', options);
  checkKeys(owner, options, ['shape', 'classes', 'limit']);
  const { shape, classes, limit = 1_000_000 } = options;
  if (!Array.isArray(shape) || shape.length === 0) throw expected(owner, 'shape', 'the shape of one example', shape);
  for (const length of shape) checkNumber(owner, 'shape', length, { integer: true, min: 1 });
  if (classes !== undefined) checkNumber(owner, 'classes', classes, { integer: true, min: 1 });
  checkNumber(owner, 'limit', limit, { integer: true, min: 1 });

  const inputs: Float32Array[] = [];
  const labels: number[] = [];
  const iterator = await dataset.iterator();
  for (let element = 0; ; element++) {
    const { value, done } = await iterator.next();
    if (done) break;
    try {
      const { xs, ys } = partsOf(value, element);
      const values = await inputsOf(xs, shape, element);
      inputs.push(values.inputs);
      for (const label of await labelsOf(ys, values.count, classes, element)) labels.push(label);
    } finally {
      tf.dispose(value as tf.TensorContainer);
    }
    if (labels.length > limit) {
      throw expected(owner, 'dataset', `of at most ${limit} examples`, 'more', 'If it is repeated, take(n) examples; else raise `limit`.');
    }
  }
  if (labels.length === 0) throw new GroundstateError('invalid-data', `${owner}: expected \`dataset\` to be of some examples, got none.`);
  const all = new Float32Array(inputs.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const values of inputs) {
    all.set(values, offset);
    offset += values.length;
  }
  return examplesFromArrays({ inputs: all, labels, shape });
}

function partsOf(value: unknown, element: number): { readonly xs: unknown; readonly ys: unknown } {
  if (Array.isArray(value) && value.length === 2) return { xs: value[0], ys: value[1] };
  if (typeof value === 'object' && value !== null && 'xs' in value && 'ys' in value) return { xs: value.xs, ys: value.ys };
  throw wrong(element, 'of the form { xs, ys } or [xs, ys]', Array.isArray(value) ? `an array of ${value.length}` : describe(value));
}

async function inputsOf(
  xs: unknown,
  shape: readonly number[],
  element: number,
): Promise<{ readonly inputs: Float32Array; readonly count: number }> {
  const { values, shape: found } = await valuesOf(xs, 'xs', element);
  const single = same(found, shape);
  if (!single && !(found.length === shape.length + 1 && same(found.slice(1), shape))) {
    throw wrong(element, `with xs of shape [${shape.join(', ')}], or [n, ${shape.join(', ')}]`, `[${found.join(', ')}]`);
  }
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw wrong(element, 'with xs of finite numbers', String(values[bad]));
  return { inputs: Float32Array.from(values), count: single ? 1 : found[0]! };
}

/** One number for each example is its class; a row for each, of zeros and a single one, is one-hot. */
async function labelsOf(ys: unknown, count: number, classes: number | undefined, element: number): Promise<number[]> {
  const { values, shape } = await valuesOf(ys, 'ys', element);
  const width = values.length / count;
  if (width === 1) {
    const most = (classes ?? Number.MAX_SAFE_INTEGER) - 1;
    const bad = values.find((label) => !Number.isInteger(label) || label < 0 || label > most);
    const rule = classes === undefined ? 'with ys of whole numbers from 0' : `with ys within 0 .. ${most}`;
    if (bad !== undefined) throw wrong(element, rule, String(bad));
    return Array.from(values);
  }
  if (!Number.isInteger(width) || width < 2 || (classes !== undefined && width !== classes)) {
    const rows = classes === undefined ? 'rows, one-hot' : `rows of ${classes}, one-hot`;
    throw wrong(element, `with ys of ${count} labels, or ${count} ${rows}`, `shape [${shape.join(', ')}]`);
  }
  return Array.from({ length: count }, (_, row) => {
    const one = Array.from(values.slice(row * width, (row + 1) * width));
    const label = one.indexOf(1);
    if (label < 0 || one.some((value, i) => value !== (i === label ? 1 : 0))) {
      throw wrong(element, 'with ys of one-hot rows, a single 1 among zeros', `[${one.slice(0, 8).join(', ')}${width > 8 ? ', ...' : ''}]`);
    }
    return label;
  });
}

async function valuesOf(
  value: unknown,
  name: string,
  element: number,
): Promise<{ readonly values: ArrayLike<number> & Float32Array; readonly shape: readonly number[] }> {
  if (value instanceof tf.Tensor) return { values: (await value.data()) as Float32Array, shape: value.shape };
  let tensor: tf.Tensor;
  try {
    tensor = tf.tensor(value as number[]);
  } catch {
    throw wrong(element, `with ${name} that is a tensor, a number or an array of numbers`, describe(value));
  }
  try {
    return { values: (await tensor.data()) as Float32Array, shape: tensor.shape };
  } finally {
    tensor.dispose();
  }
}

const same = (left: readonly number[], right: readonly number[]): boolean =>
  left.length === right.length && left.every((length, axis) => length === right[axis]);

const describe = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `an object with keys [${Object.keys(value).slice(0, 8).join(', ')}]` : String(value);

function wrong(element: number, rule: string, got: string): GroundstateError {
  return new GroundstateError('invalid-data', `${owner}: expected \`dataset\` to be ${rule}, got ${got} in element ${element}.`);
}
