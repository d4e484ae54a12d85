/** Saved adversarial examples are judged as our own are: ball, box, finite, and the class on a fresh pass. Nothing in the file is believed. */
import {
  type Attacked,
  boxTolerance,
  checkAborted,
  choose,
  createNoise,
  type Examples,
  expected,
  GroundstateError,
  type Json,
  type Metric,
  type Model,
  type Observation,
  subset,
  type ThreatModel,
  withinRadius,
} from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { SavedAdversarial } from './saved-adversarial';

/** Examples that an attack is refused, whatever their class is: for the first reason that holds. */
export type Refused = {
  readonly notFinite: number;
  readonly outsideBox: number;
  readonly outsideBall: number;
  /** The largest perturbation of those that are finite and within the box, in the norm of the threat. */
  readonly largest: number;
  /** The file says fooled, and the fresh pass does not, or the other way round; only where the file says it. */
  readonly unlike: number;
};

export type Judged = { readonly values: { readonly [metric: string]: Json }; readonly refused: { readonly [attack: string]: Refused } };

export interface JudgeOptions {
  readonly threat: ThreatModel;
  readonly metrics: readonly Metric[];
  /** @default 250 */
  readonly batchSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, of: number) => void;
}

/** Those examples of the data set that were attacked, in the order of the file. */
export function examplesOf(all: Examples, { ids, labels }: SavedAdversarial, path: string): Examples {
  const strange = ids.findIndex((id) => id < 0 || id >= all.size);
  const advice = 'Name the data set that they were made from with --dataset and --data.';
  if (strange >= 0) throw expected('--adversarial', `ids of ${path}`, `ids of the test set, 0 to ${all.size - 1}`, ids[strange], advice);
  const seen = new Set(ids);
  if (seen.size < ids.length) throw expected('--adversarial', `ids of ${path}`, 'each there once', `${ids.length - seen.size} again`);
  const wrong = labels ? ids.findIndex((id, i) => all.labels[id] !== labels[i]) : -1;
  if (wrong < 0) return subset(all, ids);
  throw new GroundstateError(
    'invalid-data',
    `--adversarial: expected \`labels\` of ${path} to be those of the test set, got ${labels![wrong]} for example ${ids[wrong]}, which is of class ${all.labels[ids[wrong]!]}. ${advice}`,
  );
}

/** `examples`: as `examplesOf` gives them. */
export async function judgeSaved(model: Model, examples: Examples, saved: SavedAdversarial, options: JudgeOptions): Promise<Judged> {
  const { threat, metrics, batchSize = 250, signal, onProgress } = options;
  const states: Record<string, Json> = Object.fromEntries(metrics.map((metric) => [metric.name, metric.init()]));
  const refused: Record<string, Refused> = {};
  const n = examples.size;
  for (let done = 0; done < n; done += batchSize) {
    checkAborted('judge', signal);
    const count = Math.min(batchSize, n - done);
    const batch = await examples.read(Int32Array.from({ length: count }, (_, i) => done + i));
    const attacked: Record<string, Attacked> = {};
    let cleanLogits: Tensor2D | undefined;
    try {
      cleanLogits = tf.tidy(() => model.logits(batch.inputs, { mode: 'inference' }));
      const size = batch.inputs.size / count;
      for (const [index, name] of saved.attacks.entries()) {
        const first = index * n + done;
        const proposed = tf.tensor(saved.adversarial.slice(first * size, (first + count) * size), batch.inputs.shape);
        try {
          attacked[name] = verdictOn(proposed, { model, threat, clean: batch.inputs, labels: batch.labels, cleanLogits });
          refused[name] = sum(refused[name], await refusedIn(proposed, batch.inputs, { model, threat }), {
            claimed: saved.success?.slice(first, first + count),
            found: await attacked[name].success.data(),
          });
        } finally {
          proposed.dispose();
        }
      }
      const observation: Observation = { model, batch, cleanLogits, attacked, noise: createNoise(0, batch.ids) };
      for (const metric of metrics) states[metric.name] = await metric.update(states[metric.name]!, observation);
    } finally {
      tf.dispose([batch.inputs, batch.labels, ...(cleanLogits ? [cleanLogits] : [])]);
      for (const { adversarial, success, distance, logits } of Object.values(attacked)) {
        tf.dispose([adversarial, success, distance, logits]);
      }
    }
    onProgress?.(done + count, n);
  }
  return { values: Object.fromEntries(metrics.map((metric) => [metric.name, metric.compute(states[metric.name]!)])), refused };
}

type Limits = { readonly model: Model; readonly threat: ThreatModel };

/** By row: whether all is finite, within the box, and how far from the clean example. */
function placed(proposed: Tensor, clean: Tensor, { model, threat }: Limits) {
  const rows = (tensor: Tensor): Tensor => tf.reshape(tensor, [clean.shape[0] ?? 0, -1]);
  const [lower, upper] = model.bounds;
  const finite = tf.all(rows(tf.isFinite(proposed)), 1);
  const outside = tf.maximum(tf.sub(lower, proposed), tf.sub(proposed, upper));
  const inBox = tf.lessEqual(tf.max(rows(outside), 1), boxTolerance);
  const distance = threat.norm.size(tf.sub(proposed, clean));
  return { finite, inBox, distance, inBall: tf.lessEqual(distance, withinRadius(threat.epsilon)) };
}

function verdictOn(
  proposed: Tensor,
  given: Limits & { readonly clean: Tensor; readonly labels: Tensor1D; readonly cleanLogits: Tensor2D },
): Attacked {
  const { model, clean, labels, cleanLogits } = given;
  const n = clean.shape[0] ?? 0;
  const found = tf.tidy(() => {
    const { finite, inBox, inBall, distance } = placed(proposed, clean, given);
    const allowed = tf.logicalAnd(finite, tf.logicalAnd(inBox, inBall));
    const fresh = model.logits(proposed, { mode: 'inference' });
    const other = tf.notEqual(tf.cast(tf.argMax(fresh, 1), 'int32'), tf.cast(labels, 'int32'));
    const fooled = tf.logicalAnd(tf.logicalAnd(allowed, other), tf.logicalNot(tf.any(tf.isNaN(fresh), 1)));
    const success = tf.cast(fooled, 'float32') as Tensor1D;
    return {
      adversarial: choose(success, proposed, clean),
      success,
      distance: tf.where(fooled, distance, 0) as Tensor1D,
      logits: choose(success, fresh, cleanLogits),
    };
  });
  return { ...found, forwards: new Int32Array(n).fill(1), backwards: new Int32Array(n), by: new Int32Array(n) };
}

async function refusedIn(proposed: Tensor, clean: Tensor, limits: Limits): Promise<Omit<Refused, 'unlike'>> {
  const tensors = tf.tidy(() => placed(proposed, clean, limits));
  try {
    const { finite, inBox, distance, inBall } = tensors;
    const [whole, inside, distances, near] = await Promise.all([finite.data(), inBox.data(), distance.data(), inBall.data()]);
    const counts = { notFinite: 0, outsideBox: 0, outsideBall: 0, largest: 0 };
    for (const [row, each] of distances.entries()) {
      if (!whole[row]) counts.notFinite++;
      else if (!inside[row]) counts.outsideBox++;
      else {
        if (!near[row]) counts.outsideBall++;
        counts.largest = Math.max(counts.largest, each);
      }
    }
    return counts;
  } finally {
    tf.dispose(tensors);
  }
}

function sum(
  last: Refused | undefined,
  next: Omit<Refused, 'unlike'>,
  { claimed, found }: { readonly claimed: readonly boolean[] | undefined; readonly found: ArrayLike<number> },
): Refused {
  const unlike = claimed?.filter((claim, row) => claim !== (found[row] !== 0)).length ?? 0;
  return {
    notFinite: (last?.notFinite ?? 0) + next.notFinite,
    outsideBox: (last?.outsideBox ?? 0) + next.outsideBox,
    outsideBall: (last?.outsideBall ?? 0) + next.outsideBall,
    largest: Math.max(last?.largest ?? 0, next.largest),
    unlike: (last?.unlike ?? 0) + unlike,
  };
}
