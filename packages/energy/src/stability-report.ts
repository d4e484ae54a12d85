/**
 * How stable the loss is around given examples: energies along the path of an attack, gradients in the ball, the bounds
 * that connect them, and whether those that must hold exactly do. A report for people; no objective reads it.
 *
 * What is found by search or by sampling is an estimate: it may be too good, never a certificate. Show it beside the
 * accuracy under attack.
 */
import {
  type Batch,
  batches,
  breathe,
  checkAborted,
  checkKeys,
  checkNumber,
  createNoise,
  type Examples,
  expected,
  type Model,
  type StepAttack,
  type ThreatModel,
} from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { energyPath } from './energy-path';
import { normalQuantile } from './normal-quantile';
import { isNorm } from './slope-objective';
import { type FigureName, figureNames, figuresOf } from './stability-figures';

/** Options of `stabilityReport`: the ball, the path, what is drawn and what is left out. */
export interface StabilityOptions {
  /** The ball. The gradient is measured in the dual of its norm, l1 for linf. */
  readonly threat: ThreatModel;
  /** Who draws the path. @default energyPath({ steps: 20 }) */
  readonly attack?: StepAttack;
  /** Points drawn in every ball, and of the smoothing. @default 16 */
  readonly samples?: number;
  /** Gradients of all classes, for the bounds of the divergence: nine for every class. @default true */
  readonly jacobian?: boolean;
  /** A bound of the Hessian's spectral norm in the ball, where one is known (l2 only): gives `ballBound`. */
  readonly hessianNorm?: number;
  /** Standard deviation of Gaussian smoothing (l2 only): gives `smoothedRadius`. */
  readonly smoothing?: number;
  /** @default 0 */
  readonly seed?: number;
  /** How many examples at once; changes no figure. @default 64 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
}

/** Figures that follow from others; `undefined` where they were not asked for. */
export interface Conclusions {
  /** eps sqrt(ballEnergy) + 1.5 hessianNorm eps^2: no gap in the ball is larger, if hessianNorm is right. */
  readonly ballBound: number | undefined;
  /** ESTIMATE: (log 2 - loss) / largestGradient, and 0 where the loss is above log 2. Too large where a larger gradient was missed. */
  readonly radiusEstimate: number;
  /** ESTIMATE, by few samples: the l2 radius within which the smoothed classifier is right. */
  readonly smoothedRadius: number | undefined;
}

/** Relations that hold on every network, to rounding; where one does not, numbers overflow or something is broken. */
export interface Relations {
  /** gap^2 = D_1 <= D_2 <= D_4 <= D_8, abs(gap) = TV_1 <= ..., and path energy <= its bound by gradient norms. */
  readonly refinement: boolean;
  /** D_2 - D_1 = (l(x) - 2 l(x + r/2) + l(x + r))^2. */
  readonly secondDifference: boolean;
  /** KL is the gap of the prediction's own loss, and KL^2 <= D_K averaged over the classes. */
  readonly divergence: boolean;
}

/** One example: its figures, whether the exact relations hold, what follows. */
export type ExampleStability = { readonly id: number; readonly holds: Relations } & Readonly<Record<FigureName, number>> & Conclusions;

/** What `stabilityReport` measured: example by example, and on average. */
export interface StabilityReport {
  readonly threat: { readonly norm: string; readonly epsilon: number };
  readonly examples: readonly ExampleStability[];
  /** Of every figure over the examples. */
  readonly mean: Readonly<Record<FigureName, number>> & Conclusions;
  /** For all examples. */
  readonly holds: Relations;
}

/**
 * The figures of every example and their means. For an example it takes the attack, 9 forward passes, 9 + samples gradient
 * evaluations, with `jacobian` 9 more for every class, and with `smoothing` a forward pass and a gradient evaluation more
 * for every sample.
 *
 * @example
 * const first = subset(test, Int32Array.from({ length: 100 }, (_, i) => i));
 * console.log(stabilityTable(await stabilityReport(model, first, { threat: { norm: l2(), epsilon: 2 } })));
 */
export async function stabilityReport(model: Model, examples: Examples | Batch, options: StabilityOptions): Promise<StabilityReport> {
  const owner = 'stabilityReport';
  checkKeys(owner, options, ['threat', 'attack', 'samples', 'jacobian', 'hessianNorm', 'smoothing', 'seed', 'batchSize', 'signal']);
  const { threat, attack = energyPath({ steps: 20 }), jacobian = true, hessianNorm, smoothing, seed = 0, signal } = options;
  if (!isNorm(threat?.norm)) throw expected(owner, 'threat', 'a norm and an epsilon', threat);
  const samples = checkNumber(owner, 'samples', options.samples ?? 16, { integer: true, min: 1 });
  const size = checkNumber(owner, 'batchSize', options.batchSize ?? 64, { integer: true, min: 1 });
  for (const [name, value] of Object.entries({ hessianNorm, smoothing })) {
    if (value === undefined) continue;
    checkNumber(owner, name, value, name === 'smoothing' ? { above: 0 } : { min: 0 });
    if (threat.norm.name !== 'l2') throw expected(owner, name, 'left out unless the norm is l2', value);
  }
  const measure = async (batch: Batch): Promise<ExampleStability[]> => {
    const noise = createNoise(seed, batch.ids).stream('stability');
    const tensors = tf.tidy(() => figuresOf(model, batch, noise, { threat, attack, samples, smoothing, jacobian }));
    const values = await Promise.all(figureNames.map((name) => tensors[name].data())).finally(() => tf.dispose(tensors));
    return Array.from(batch.ids, (id, row) => {
      const figures = Object.fromEntries(figureNames.map((name, i) => [name, values[i]![row]!])) as Record<FigureName, number>;
      return { id, ...figures, ...concluded(figures, threat.epsilon, hessianNorm, smoothing), holds: relationsOf(figures) };
    });
  };
  const found: ExampleStability[] = [];
  checkAborted(owner, signal);
  if ('read' in examples) {
    for await (const batch of batches(examples, { size })) {
      found.push(...(await measure(batch).finally(() => tf.dispose([batch.inputs, batch.labels]))));
      await breathe();
      checkAborted(owner, signal);
    }
  } else found.push(...(await measure(examples)));
  if (found.length === 0) throw expected(owner, 'examples', 'at least one example', 0);
  const meanOf = (name: FigureName | keyof Conclusions): number | undefined =>
    found[0]![name] === undefined ? undefined : found.reduce((sum, example) => sum + example[name]!, 0) / found.length;
  const names = [...figureNames, 'ballBound', 'radiusEstimate', 'smoothedRadius'] as const;
  const all = (name: keyof Relations): boolean => found.every(({ holds }) => holds[name]);
  return {
    threat: { norm: threat.norm.name, epsilon: threat.epsilon },
    examples: found,
    mean: Object.fromEntries(names.map((name) => [name, meanOf(name)])) as unknown as StabilityReport['mean'],
    holds: { refinement: all('refinement'), secondDifference: all('secondDifference'), divergence: all('divergence') },
  };
}

function concluded(
  { loss, ballEnergy, largestGradient, smoothedLoss, smoothedEnergy }: Readonly<Record<FigureName, number>>,
  epsilon: number,
  hessianNorm: number | undefined,
  smoothing: number | undefined,
): Conclusions {
  return {
    ballBound: hessianNorm === undefined ? undefined : epsilon * Math.sqrt(ballEnergy) + 1.5 * hessianNorm * epsilon ** 2,
    // Also 0 where there is no gradient to divide by.
    radiusEstimate: loss >= Math.LN2 ? 0 : (Math.LN2 - loss) / largestGradient,
    smoothedRadius: smoothing === undefined ? undefined : smoothedRadius(smoothing, smoothedLoss, smoothedEnergy),
  };
}

/**
 * The l2 radius within which the classifier smoothed with N(0, s^2) is right, from E l(x + xi) and E |g(x + xi)|^2: by
 * Chebyshev's inequality (one-sided) and Poincare's the right class has probability q = m^2 / (m^2 + s^2 E |g|^2) at least,
 * m = log 2 - E l, and then the radius is s times the normal quantile of q. A certificate only if the expectations are
 * exact.
 *
 * Source of the last step: "Certified adversarial robustness via randomized smoothing", J. Cohen, E. Rosenfeld, J. Z.
 * Kolter, 2019 (arXiv 1902.02918).
 *
 * @example
 * smoothedRadius(0.5, 0.1, 0.05);
 */
export function smoothedRadius(deviation: number, loss: number, energy: number): number {
  const lead = Math.LN2 - loss;
  if (!(lead > 0)) return 0;
  const q = lead ** 2 / (lead ** 2 + deviation ** 2 * energy);
  return q > 0.5 ? deviation * normalQuantile(Math.min(q, 1 - 1e-12)) : 0;
}

/** Rounding of float32, and no more. */
const slack = 2e-5;

/** Judged on the figures alone; a NaN among them violates. Exported for its test. */
export function relationsOf(f: Readonly<Record<FigureName, number>>): Relations {
  const atMost = (small: number, large: number): boolean => small <= large + slack * (1 + Math.abs(large));
  const same = (one: number, other: number): boolean => atMost(one, other) && atMost(other, one);
  const rising = (...values: number[]): boolean => values.every((value, i) => i === 0 || atMost(values[i - 1]!, value));
  return {
    refinement:
      same(f.gap ** 2, f.d1) &&
      rising(f.d1, f.d2, f.d4, f.d8) &&
      same(Math.abs(f.gap), f.tv1) &&
      rising(f.tv1, f.tv2, f.tv4, f.tv8) &&
      atMost(f.pathEnergy, f.pathBound),
    secondDifference: same(f.d2 - f.d1, f.secondDifference ** 2),
    divergence: same(f.kl, f.predictionGap) && rising(f.kl ** 2, f.predictionD1, f.virtualD1, f.virtualD2, f.virtualD4, f.virtualD8),
  };
}
