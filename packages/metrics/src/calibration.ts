/**
 * The expected calibration error: how far confidence is from accuracy, ECE = sum_b (n_b / n) |accuracy_b - confidence_b| over
 * bins b of the confidence (the largest probability); `maximum` is the largest of these differences. On clean inputs, on each
 * attack's verdicts and on each adversary's last iterates.
 *
 * Source: "Obtaining well calibrated probabilities using Bayesian binning", M. Pakdaman Naeini, G. F. Cooper, M. Hauskrecht, AAAI
 * 2015; "On calibration of modern neural networks", C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, 2017 (arXiv 1706.04599).
 */
import { checkNumber, checkOneOf, type Metric } from '@groundstate/core';
import { joined } from './named';
import { finiteRow, type ViewOptions, viewsFor } from './views';

/** Options of `calibration`: the bins. */
export interface CalibrationOptions extends ViewOptions {
  /** How many bins. @default 15 */
  readonly bins?: number;
  /**
   * `equal-width`: (0, 1/bins], (1/bins, 2/bins] ... `equal-mass`: as many examples in each as can be; equal confidences stay
   * together, and the state keeps an entry for every confidence. @default 'equal-width'
   */
  readonly binning?: 'equal-width' | 'equal-mass';
}

/** Examples, right ones, and the sum of their confidences in units of 2^-30: integers add up alike in any order. */
type Cell = readonly [n: number, right: number, confidence: number];
type Cells = { readonly [key: string]: Cell };
type State = { readonly [view: string]: { readonly cells: Cells; readonly nonFinite: number } };

/** Sums of 2^23 examples are exact. */
const unit = 2 ** 30;

/** What `calibration` found: expected and largest error, and the bins of the reliability diagram. */
export type Calibration = {
  readonly ece: number | null;
  readonly maximum: number | null;
  /** Those that are not empty, by rising confidence. */
  readonly bins: readonly { readonly confidence: number; readonly accuracy: number; readonly n: number }[];
  /** Without those whose logits are not finite. */
  readonly n: number;
  readonly nonFinite: number;
};

/**
 * Value: by view, `clean`, each attack and each adversary. The error rises with the number of bins and with fewer examples:
 * compare at the same of both.
 *
 * @example
 * calibration({ bins: 15 });
 */
export function calibration(options: CalibrationOptions = {}): Metric<State, { readonly [view: string]: Calibration }, 'calibration'> {
  const views = viewsFor('calibration', options, ['bins', 'binning']);
  const bins = checkNumber('calibration', 'bins', options.bins ?? 15, { integer: true, min: 1 });
  const binning = checkOneOf('calibration', 'binning', options.binning ?? 'equal-width', ['equal-width', 'equal-mass']);
  // Of equal mass the bins are known at the end only: until then every confidence is a cell of its own.
  const keyOf = (confidence: number): number =>
    binning === 'equal-width' ? Math.ceil(confidence * bins) - 1 : Math.round(confidence * unit);
  return {
    name: 'calibration',
    init: () => ({}),
    update: async (state, seen) => {
      const labels = await seen.batch.labels.data();
      const added: Record<string, State[string]> = {};
      for (const { name, logits } of await views(seen)) added[name] = count(logits, labels, keyOf);
      return joined(state, added, add);
    },
    merge: (left, right) => joined(left, right, add),
    compute: (state) =>
      Object.fromEntries(
        Object.entries(state).map(([name, { cells, nonFinite }]) => {
          const sorted = Object.entries(cells)
            .sort(([a], [b]) => Number(a) - Number(b))
            .map(([, cell]) => cell);
          return [name, { ...errors(binning === 'equal-width' ? sorted : ofEqualMass(sorted, bins)), nonFinite }];
        }),
      ),
  };
}

function count(logits: Float32Array, labels: ArrayLike<number>, keyOf: (confidence: number) => number): State[string] {
  const cells: Record<string, Cell> = {};
  let nonFinite = 0;
  const classes = logits.length / labels.length;
  for (const [row, label] of Array.from(labels).entries()) {
    const values = finiteRow(logits, row, classes);
    if (values === undefined) nonFinite++;
    else {
      const largest = Math.max(...values);
      const confidence = 1 / values.reduce((sum, value) => sum + Math.exp(value - largest), 0);
      const right = values.indexOf(largest) === label ? 1 : 0;
      const key = keyOf(confidence);
      cells[key] = addCells(cells[key] ?? [0, 0, 0], [1, right, Math.round(confidence * unit)]);
    }
  }
  return { cells, nonFinite };
}

function addCells(left: Cell, right: Cell): Cell {
  return [left[0] + right[0], left[1] + right[1], left[2] + right[2]];
}

function add(left: State[string], right: State[string]): State[string] {
  return { cells: joined(left.cells, right.cells, addCells), nonFinite: left.nonFinite + right.nonFinite };
}

/** Cells of one confidence, put together by the rank of their first example: bin b of B begins at rank b n / B. */
function ofEqualMass(sorted: readonly Cell[], bins: number): Cell[] {
  const n = sorted.reduce((sum, [size]) => sum + size, 0);
  const result = new Map<number, Cell>();
  let rank = 0;
  for (const cell of sorted) {
    const bin = Math.floor((rank * bins) / n);
    result.set(bin, addCells(result.get(bin) ?? [0, 0, 0], cell));
    rank += cell[0];
  }
  return [...result.values()];
}

function errors(cells: readonly Cell[]): Omit<Calibration, 'nonFinite'> {
  const n = cells.reduce((sum, [size]) => sum + size, 0);
  const bins = cells.map(([size, right, confidence]) => ({ confidence: confidence / unit / size, accuracy: right / size, n: size }));
  if (n === 0) return { ece: null, maximum: null, bins, n };
  const gaps = bins.map(({ confidence, accuracy }) => Math.abs(accuracy - confidence));
  return { ece: gaps.reduce((sum, gap, b) => sum + (gap * bins[b]!.n) / n, 0), maximum: Math.max(...gaps), bins, n };
}
