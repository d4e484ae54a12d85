/**
 * The boundary attack: a random walk along the decision boundary that draws nearer to the clean input; needs labels alone.
 * With the way w = x0 - x, and noise e at right angles to it, of length a |w|: s = x0 + (e - w) / sqrt(1 + a^2), a point about as far as x;
 * then a share b |w| towards x0. It is taken where the goal is met and it is nearer; a and b adapt to how often that is so.
 *
 * Source: "Decision-based adversarial attacks: reliable attacks against black-box machine learning models", W. Brendel, J. Rauber,
 * M. Bethge, 2018 (arXiv 1712.04248). Noise is drawn for each example; the start is the nearest of all random points tried,
 * brought back to the boundary.
 */
import {
  type AttackProblem,
  checkKeys,
  checkNumber,
  choose,
  clipToBox,
  defineAttack,
  euclidean,
  flatten,
  perExample,
  type StepAttack,
  unit,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import {
  type Bracket,
  checkStart,
  halve,
  notStarted,
  type Started,
  type StartOptions,
  shareOfWay,
  tryStart,
  wholeBracket,
} from './label-search';

/** Options of `boundaryAttack`: its steps, and how it adapts. */
export interface BoundaryOptions extends StartOptions {
  /** Steps of the walk: a forward pass each, and a second one every tenth. @default 25000 */
  readonly steps?: number;
  /** Length of the first steps along the boundary, as a share of the distance. @default 0.01 */
  readonly sphericalStep?: number;
  /** Length of the first steps towards the clean input, as a share of the distance. @default 0.01 */
  readonly sourceStep?: number;
  /** Steps towards the clean input that are shorter than this end the walk. @default 1e-7 */
  readonly convergence?: number;
  /** By what both lengths are multiplied or divided. @default 1.5 */
  readonly adaptation?: number;
}

type BoundaryState = {
  readonly rows: Started &
    Bracket & {
      readonly done: Tensor1D;
      readonly spherical: Tensor1D;
      readonly source: Tensor1D;
      /** `[n, 100]` and `[n, 30]`: whether the last points on the sphere, and the last candidates, met the goal; -1 where not known yet. */
      readonly sphericalMet: Tensor2D;
      readonly candidateMet: Tensor2D;
    };
};

/** Halvings of the way back from the start. */
const halvings = 10;
/** A step out of so many is looked at. */
const lookedAt = 10;
const memory = { spherical: 100, candidate: 30 };

/**
 * @example
 * boundaryAttack({ steps: 25000 });
 */
export function boundaryAttack(options: BoundaryOptions = {}): StepAttack {
  checkKeys('boundary', options, ['steps', 'sphericalStep', 'sourceStep', 'convergence', 'adaptation', 'tries', 'start']);
  const steps = checkNumber('boundary', 'steps', options.steps ?? 25000, { integer: true, min: 1 });
  const spherical = checkNumber('boundary', 'sphericalStep', options.sphericalStep ?? 0.01, { above: 0 });
  const source = checkNumber('boundary', 'sourceStep', options.sourceStep ?? 0.01, { above: 0 });
  const convergence = checkNumber('boundary', 'convergence', options.convergence ?? 1e-7, { min: 0 });
  const adaptation = checkNumber('boundary', 'adaptation', options.adaptation ?? 1.5, { above: 1 });
  const { tries, goals } = checkStart('boundary', options);
  return defineAttack<BoundaryState>({
    card: {
      name: 'boundary',
      norms: ['l2'],
      budget: 'minimum',
      access: 'labels',
      goals,
      paper:
        'Decision-based adversarial attacks: reliable attacks against black-box machine learning models (Brendel et al. 2018, arXiv 1712.04248)',
    },
    steps: tries + halvings + steps,
    init: (problem) => {
      const n = problem.inputs.shape[0] ?? 0;
      return {
        rows: {
          ...notStarted(problem),
          ...wholeBracket(problem),
          done: tf.zeros([n]) as Tensor1D,
          spherical: tf.fill([n], spherical) as Tensor1D,
          source: tf.fill([n], source) as Tensor1D,
          sphericalMet: tf.fill([n, memory.spherical], -1) as Tensor2D,
          candidateMet: tf.fill([n, memory.candidate], -1) as Tensor2D,
        },
      };
    },
    step: ({ rows }, problem, { index }) => {
      if (index < tries) {
        const next = { ...rows, ...tryStart('boundary', rows, problem, index, options) };
        // Rows without a start have nothing to walk along.
        return { rows: index === tries - 1 ? { ...next, done: tf.sub(1, next.started) as Tensor1D } : next };
      }
      if (index < tries + halvings) {
        const bracket = halve(rows, rows.adversarial, problem);
        if (index < tries + halvings - 1) return { rows: { ...rows, ...bracket } };
        const adversarial = shareOfWay(problem.inputs, rows.adversarial, bracket.high, problem.threat.norm);
        return { rows: { ...rows, ...bracket, adversarial } };
      }
      return { rows: walk(rows, problem, index - tries - halvings, convergence, adaptation) };
    },
  });
}

function walk(
  rows: BoundaryState['rows'],
  problem: AttackProblem,
  index: number,
  convergence: number,
  adaptation: number,
): BoundaryState['rows'] {
  const { inputs, oracle } = problem;
  const { sphere, candidate } = propose(rows, problem, index);
  const met = oracle.reached(oracle.logits(candidate));
  const nearer = tf.less(euclidean(tf.sub(candidate, inputs)), euclidean(tf.sub(rows.adversarial, inputs)));
  const taken = tf.mul(met, tf.cast(nearer, 'float32')) as Tensor1D;
  const adversarial = choose(taken, candidate, rows.adversarial);
  if (index % lookedAt !== 0) return { ...rows, adversarial };

  const onSphere = remember(rows.sphericalMet, oracle.reached(oracle.logits(sphere)), [0.2, 0.5]);
  const onWay = remember(rows.candidateMet, met, [0.1, 0.25]);
  const [both, own] = [onSphere, onWay].map(({ verdict }) => tf.pow(adaptation, verdict));
  const source = tf.mul(rows.source, tf.mul(both!, own!)) as Tensor1D;
  return {
    ...rows,
    adversarial,
    spherical: tf.mul(rows.spherical, both!) as Tensor1D,
    source,
    sphericalMet: onSphere.memory,
    candidateMet: onWay.memory,
    done: tf.cast(tf.less(source, convergence), 'float32') as Tensor1D,
  };
}

/** A point on the sphere about the clean input, and one that is nearer on the line between the two. */
function propose(
  { adversarial: x, spherical, source }: BoundaryState['rows'],
  { inputs, bounds, noise }: AttackProblem,
  index: number,
): { readonly sphere: Tensor; readonly candidate: Tensor } {
  const spread = (values: Tensor): Tensor => perExample(values as Tensor1D, x);
  const way = tf.sub(inputs, x);
  const distance = euclidean(way);
  const ahead = unit(way, distance);
  const drawn = noise.stream('walk', index).normal(inputs.shape.slice(1));
  const along = tf.sum(flatten(tf.mul(drawn, ahead)), 1);
  const across = tf.sub(drawn, tf.mul(ahead, spread(along)));
  const sideways = tf.mul(unit(across, euclidean(across)), spread(tf.mul(spherical, distance)));
  const turned = tf.div(tf.sub(sideways, way), spread(tf.sqrt(tf.add(tf.square(spherical), 1))));
  const sphere = clipToBox(tf.add(inputs, turned), bounds);
  const left = tf.sub(inputs, sphere);
  const length = euclidean(left);
  const nearer = tf.relu(tf.add(tf.mul(source, distance), tf.sub(length, distance)));
  return { sphere, candidate: clipToBox(tf.add(sphere, tf.mul(unit(left, length), spread(nearer))), bounds) };
}

/**
 * The newest answer in the place of the oldest. Verdict 1 where more than the upper share met the goal, -1 where fewer than the lower
 * did, 0 otherwise and as long as there are not enough; after a verdict the memory begins anew.
 */
function remember(
  answers: Tensor2D,
  newest: Tensor1D,
  [lower, upper]: readonly [number, number],
): { readonly memory: Tensor2D; readonly verdict: Tensor1D } {
  const kept = tf.concat([tf.slice(answers, [0, 1], [-1, -1]), tf.reshape(newest, [-1, 1])], 1) as Tensor2D;
  const full = tf.greaterEqual(tf.min(kept, 1), 0);
  const share = tf.mean(kept, 1);
  const number = (mask: Tensor): Tensor => tf.cast(mask, 'float32');
  const verdict = tf.mul(number(full), tf.sub(number(tf.greater(share, upper)), number(tf.less(share, lower)))) as Tensor1D;
  return { memory: choose(tf.abs(verdict) as Tensor1D, tf.fill(kept.shape, -1) as Tensor2D, kept), verdict };
}
