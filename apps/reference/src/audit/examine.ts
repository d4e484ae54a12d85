/** Everything that the audit measures on one batch of images, image by image; what it means is said elsewhere. */
import {
  ascend,
  type Batch,
  breathe,
  checkAborted,
  createNoise,
  crossEntropyOf,
  freeFailedTape,
  linf,
  type Model,
  perturb,
  type StepAttack,
  type ThreatModel,
} from '@groundstate/core';
import { discretePathEnergy, pathLosses, pathVariation } from '@groundstate/energy';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { energyAdversary, energyNoise } from '../assess';
import { strongest } from './strongest';

/** Of the finest path, and the coarser ones through the same points. */
export const segments = [1, 2, 4, 8] as const;
const finest = 8;

export interface Examination {
  readonly threat: ThreatModel;
  /** At every budget. */
  readonly attack: StepAttack;
  /** The same with more steps, at epsilon. */
  readonly longer: StepAttack;
  /** Rising from 0, epsilon among them. */
  readonly budgets: readonly number[];
  readonly unbounded: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
  /** The share of this batch that is done. */
  readonly onProgress: (share: number, note: string) => void;
}

export type ExaminedImage = {
  readonly id: number;
  readonly label: number;
  /** Right on the clean image, with finite logits. */
  readonly right: boolean;
  /** The smallest budget at which it is wrong, 0 where it is so by itself; `undefined` where it stands at all. */
  readonly fooledAt: number | undefined;
  /** Wrong at epsilon, given more steps. */
  readonly fooledByMoreSteps: boolean;
  /** Wrong where any image may become any other. */
  readonly fooledUnbounded: boolean;
  /** Cross-entropies at the points of the path. */
  readonly losses: readonly number[];
  /** By segments. */
  readonly energies: readonly number[];
  readonly variations: readonly number[];
  /** The largest component of the input gradient of the cross-entropy, at the clean image. */
  readonly gradient: number;
  readonly clean: Point;
  /** The strongest point found within epsilon. */
  readonly strongest: Point & { readonly distance: number };
};

export type Point = { readonly pixels: Float32Array; readonly logits: Float32Array };

/** Disposes of nothing that it is given. */
export async function examine(model: Model, batch: Batch, examination: Examination): Promise<ExaminedImage[]> {
  const { threat, attack, longer, budgets, unbounded, seed, signal, onProgress } = examination;
  const { ids, inputs } = batch;
  const labels = await batch.labels.data();
  const stages = budgets.length - 1 + longer.steps / attack.steps + 3;
  let stage = 0;
  const next = async (note: string, weight = 1): Promise<(part: number) => void> => {
    await breathe();
    checkAborted('audit', signal);
    const begun = stage;
    stage += weight;
    const report = (part: number): void => onProgress((begun + part * weight) / stages, note);
    report(0);
    return report;
  };
  /** Which of the rows fall, and where to. */
  const fall = async (
    by: StepAttack,
    rows: readonly number[],
    epsilon: number,
    report: (part: number) => void,
  ): Promise<Map<number, Point>> =>
    rows.length === 0 ? new Map() : attackRows(by, rows, { model, batch, threat: { ...threat, epsilon }, seed, signal, report });

  const clean = await pointsOf(
    inputs,
    tf.tidy(() => model.logits(inputs)),
  );
  const right = clean.map(({ logits }, row) => logits.every(Number.isFinite) && classOf(logits) === labels[row]);
  const fooledAt: (number | undefined)[] = right.map((is) => (is ? undefined : 0));
  const standing = (): number[] => fooledAt.flatMap((budget, row) => (budget === undefined ? [row] : []));

  const within = new Map<number, Point>();
  const moreSteps = new Set<number>();
  for (const epsilon of budgets.slice(1)) {
    // A ball holds all smaller ones: what fell in one of those has fallen here, and only the others are attacked.
    const fallen = await fall(attack, standing(), epsilon, await next(`budget ${epsilon}`));
    for (const [row, point] of fallen) {
      fooledAt[row] = epsilon;
      if (epsilon <= threat.epsilon) within.set(row, point);
    }
    if (epsilon !== threat.epsilon) continue;
    const report = await next(`${longer.steps} steps`, longer.steps / attack.steps);
    for (const row of (await fall(longer, standing(), epsilon, report)).keys()) moreSteps.add(row);
  }
  const free = new Set((await fall(attack, standing(), unbounded, await next('unbounded budget'))).keys());

  await next('strongest points');
  const strongestPoints = await strongestOf(model, batch, within, examination);
  await next('paths');
  const figures = await figuresOf(model, batch, threat, seed);
  return Array.from(ids, (id, row): ExaminedImage => {
    const each = (values: readonly ArrayLike<number>[]): number[] => values.map((value) => value[row]!);
    return {
      id,
      label: labels[row]!,
      right: right[row]!,
      fooledAt: fooledAt[row],
      fooledByMoreSteps: moreSteps.has(row),
      fooledUnbounded: fooledAt[row] !== undefined || free.has(row),
      losses: each(figures.losses),
      energies: each(figures.energies),
      variations: each(figures.variations),
      gradient: figures.gradient[0]![row]!,
      clean: clean[row]!,
      strongest: strongestPoints[row]!,
    };
  });
}

/** The label's logit less the best other one. */
export function leadOf(logits: Float32Array, label: number): number {
  return logits[label]! - Math.max(...logits.filter((_, k) => k !== label));
}

/** The first of the largest. */
export function classOf(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}

async function attackRows(
  attack: StepAttack,
  rows: readonly number[],
  setting: {
    readonly model: Model;
    readonly batch: Batch;
    readonly threat: ThreatModel;
    readonly seed: number;
    readonly signal: AbortSignal | undefined;
    readonly report: (part: number) => void;
  },
): Promise<Map<number, Point>> {
  const { model, batch, threat, seed, signal, report } = setting;
  const [inputs, labels] = tf.tidy(() => {
    const index = tf.tensor1d([...rows], 'int32');
    return [tf.gather(batch.inputs, index), tf.gather(batch.labels, index)] as [Tensor, Tensor1D];
  });
  try {
    const ids = Int32Array.from(rows, (row) => batch.ids[row]!);
    const request = { model, inputs, ids, goal: { kind: 'misclassify', labels }, threat, seed } as const;
    const onProgress = ({ step, steps }: { readonly step: number; readonly steps: number }): void => report(step / steps);
    const { adversarial, success, distance, logits } = await perturb(attack, request, { ...(signal ? { signal } : {}), onProgress });
    try {
      const fooled = await success.data();
      const points = await pointsOf(adversarial, logits.clone());
      return new Map(points.flatMap((point, i) => (fooled[i] ? [[rows[i]!, point] as const] : [])));
    } finally {
      tf.dispose([adversarial, success, distance, logits]);
    }
  } finally {
    tf.dispose([inputs, labels]);
  }
}

/** Of all that a whole ascent looks at and of what the smaller budgets found, where the label leads least. */
async function strongestOf(
  model: Model,
  batch: Batch,
  found: ReadonlyMap<number, Point>,
  { threat, attack, seed }: Examination,
): Promise<ExaminedImage['strongest'][]> {
  const { ids, inputs } = batch;
  const labels = await batch.labels.data();
  // The draws of `perturb`: this is the attack of the curve, gone on with.
  const noise = createNoise(seed, ids).stream('attack');
  const goal = { kind: 'misclassify', labels: batch.labels } as const;
  const end = ascend(strongest(attack), { model, inputs, goal, threat, noise });
  let ends: Point[];
  try {
    ends = await pointsOf(
      end,
      tf.tidy(() => model.logits(end)),
    );
  } finally {
    end.dispose();
  }
  const points = ends.map((point, row) => {
    const other = found.get(row);
    return other && leadOf(other.logits, labels[row]!) < leadOf(point.logits, labels[row]!) ? other : point;
  });
  const sizes = tf.tidy(() => {
    const moved = tf.stack(points.map(({ pixels }) => tf.tensor(pixels, inputs.shape.slice(1))));
    return threat.norm.size(tf.sub(moved, inputs));
  });
  const distances = await sizes.data();
  sizes.dispose();
  return points.map((point, row) => ({ ...point, distance: distances[row]! }));
}

type Figures = Readonly<Record<'losses' | 'energies' | 'variations' | 'gradient', readonly ArrayLike<number>[]>>;

/** Along the path whose energy stands in the results, and at its start. */
async function figuresOf(model: Model, { ids, inputs, labels }: Batch, threat: ThreatModel, seed: number): Promise<Figures> {
  const tensors = tf.tidy(() => {
    const goal = { kind: 'misclassify', labels } as const;
    const end = ascend(energyAdversary(threat).attack, { model, inputs, goal, threat, noise: energyNoise(seed, ids) });
    const losses = pathLosses(model, { inputs, end, labels, segments: finest, mode: 'inference' });
    const paths = segments.map((k) => losses.filter((_, i) => i % (finest / k) === 0));
    const loss = (x: Tensor): Scalar => tf.sum(crossEntropyOf(model.logits(x), labels));
    // A copy: the inputs may be what another computation stands on.
    const gradient = freeFailedTape(() => tf.grad(loss)(tf.clone(inputs)));
    return {
      losses,
      energies: paths.map((path) => discretePathEnergy(path)),
      variations: paths.map((path) => pathVariation(path)),
      gradient: [linf().size(gradient)],
    };
  });
  try {
    const read = (values: readonly Tensor1D[]): Promise<ArrayLike<number>[]> => Promise.all(values.map((value) => value.data()));
    const { losses, energies, variations, gradient } = tensors;
    return {
      losses: await read(losses),
      energies: await read(energies),
      variations: await read(variations),
      gradient: await read(gradient),
    };
  } finally {
    tf.dispose(tensors);
  }
}

/** Row by row; disposes of the logits. */
async function pointsOf(inputs: Tensor, logits: Tensor2D): Promise<Point[]> {
  const [n, classes] = logits.shape;
  try {
    const [pixels, scores] = [(await inputs.data()) as Float32Array, (await logits.data()) as Float32Array];
    const size = pixels.length / n;
    return Array.from({ length: n }, (_, row) => ({
      pixels: pixels.slice(row * size, (row + 1) * size),
      logits: scores.slice(row * classes, (row + 1) * classes),
    }));
  } finally {
    logits.dispose();
  }
}
