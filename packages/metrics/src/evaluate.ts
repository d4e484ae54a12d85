/**
 * The evaluation driver: every batch is attacked by every attack, every metric sees what happened. Can be left at any moment
 * and continued: the cursor holds the position and the metrics' states, which are JSON; a store, where there is one, what attacks
 * found on the batch that is not finished.
 */
import {
  type Attack,
  type Attacked,
  type Batch,
  checkAborted,
  checkKeys,
  checkNumber,
  createNoise,
  type Examples,
  expected,
  type Json,
  type Metric,
  type Model,
  type Observation,
  type PerturbProgress,
  perturb,
  type ThreatModel,
} from '@groundstate/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkIdentity, type EvaluationIdentity, identityOf } from './evaluation-identity';
import { count, standingOf } from './standing';
import { attackSurvivors } from './survivors';
import { restored, stored, type VerdictStore } from './verdict-store';

/** Where an evaluation stands: a JSON value, to be kept between processes. It belongs to one evaluation, and is refused by others. */
export type EvaluationCursor = {
  readonly of: EvaluationIdentity;
  /** In batches that are finished: how many, how many of these stand in the worst case, and what they cost. */
  readonly examples: number;
  readonly standing: number;
  readonly states: { readonly [metric: string]: Json };
  readonly passes: Passes;
  /** The batch that is not finished: its size, and the attacks on it whose verdicts are in the store. */
  readonly pending?: { readonly size: number; readonly attacks: readonly string[] };
};
type Passes = { readonly [attack: string]: { readonly forwards: number; readonly backwards: number } };

/** `values`: by metric. `passes`: what each attack cost, summed over the examples. */
export type Report<Values = { readonly [metric: string]: Json }> = {
  readonly examples: number;
  readonly values: Values;
  readonly passes: Passes;
  /** Whether each attack met only what the earlier ones had left standing; its figures are then those of all of them up to it. */
  readonly survivorsOnly: boolean;
};

/** What stands in a report, by the names of the metrics. */
export type ValuesOf<Metrics extends readonly Metric[]> = {
  readonly [Each in Metrics[number] as Each['name']]: ReturnType<Each['compute']>;
};

/** Where a running evaluation stands, and the attack that runs now. */
export interface EvaluationProgress extends Partial<PerturbProgress> {
  readonly examplesDone: number;
  readonly examplesInAll: number;
  /** Of the batches that are finished, how many examples no attack fooled; not before the first of them. */
  readonly robust?: { readonly standing: number; readonly seen: number };
}

/** What `evaluate` measures and against which attacks, and how it is watched, left and continued. */
export interface EvaluateOptions<Metrics extends readonly Metric[] = readonly Metric[]> {
  /** By the name they shall have in the report. */
  readonly attacks: Readonly<Record<string, Attack>>;
  readonly threat: ThreatModel;
  readonly metrics: Metrics;
  readonly seed: number;
  /** Examples at a time; results do not depend on it. @default 250 */
  readonly batchSize?: number;
  /**
   * Whether each attack only meets the examples that all attacks before it left standing. The worst case is the same, and cheaper;
   * an attack's own figures are then those after it and all before it: they say nothing of the attack alone. @default false
   */
  readonly survivorsOnly?: boolean;
  /** Where an earlier call stopped. */
  readonly cursor?: EvaluationCursor;
  /** Called after every batch, and with a store after every attack on it. */
  readonly onCursor?: (cursor: EvaluationCursor) => void | Promise<void>;
  /** Keeps what attacks found on a batch that is not finished: a continuation then repeats one attack at most. @default none, and it repeats the batch */
  readonly store?: VerdictStore;
  /**
   * Called with every batch that was attacked, before the cursor is, and with the position of its first example. It owns nothing of
   * the batch. A continuation may call it again with a batch whose cursor was not saved.
   */
  readonly onBatch?: (seen: Observation, position: number) => void | Promise<void>;
  /** Called after every step of an attack, and after every batch. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
  readonly signal?: AbortSignal;
}

const known = [
  ...['attacks', 'threat', 'metrics', 'seed', 'batchSize', 'survivorsOnly'],
  ...['cursor', 'onCursor', 'store', 'onBatch', 'onProgress', 'signal'],
];

/**
 * @example
 * const report = await evaluate(model, test, { attacks: { square: square() }, threat, metrics: [accuracy(), robustAccuracy()], seed: 0 });
 */
export async function evaluate<const Metrics extends readonly Metric[]>(
  model: Model,
  examples: Examples,
  options: EvaluateOptions<Metrics>,
): Promise<Report<ValuesOf<Metrics>>> {
  checkKeys('evaluate', options, known);
  const { attacks, threat, metrics, seed, survivorsOnly = false, cursor, onCursor, store, onBatch, onProgress, signal } = options;
  const batchSize = checkNumber('evaluate', 'batchSize', options.batchSize ?? 250, { integer: true, min: 1 });
  const names = metrics.map((metric) => metric.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw expected('evaluate', 'metrics', 'metrics of different names', twice);
  const own = ['worst', 'clean'].find((name) => name in attacks);
  if (own) throw expected('evaluate', 'attacks', "named other than 'worst', the worst over all attacks, and 'clean', none of them", own);

  const of = await identityOf(model, examples, { attacks, threat, metrics: names, seed, survivorsOnly });
  if (cursor) checkCursor(cursor, of, examples.size);
  let { examples: done, standing } = cursor ?? { examples: 0, standing: 0 };
  const states: Record<string, Json> = Object.fromEntries(
    metrics.map((metric) => [metric.name, cursor?.states[metric.name] ?? metric.init()]),
  );
  let passes: Passes = cursor?.passes ?? Object.fromEntries(Object.keys(attacks).map((name) => [name, { forwards: 0, backwards: 0 }]));
  let pending = store ? cursor?.pending : undefined;
  const cursorNow = (half?: EvaluationCursor['pending']): EvaluationCursor => {
    const whole = { of, examples: done, standing, states: { ...states }, passes };
    return half ? { ...whole, pending: half } : whole;
  };
  const tell = (progress: Partial<PerturbProgress>): void => {
    const robust = done === 0 ? {} : { robust: { standing, seen: done } };
    onProgress?.({ ...progress, examplesDone: done, examplesInAll: examples.size, ...robust });
  };

  while (done < examples.size) {
    // The verdicts that are in the store are of a batch of that size.
    const size = Math.min(pending?.size ?? batchSize, examples.size - done);
    const batch = await examples.read(Int32Array.from({ length: size }, (_, i) => done + i));
    const attacked: Record<string, Attacked> = {};
    const keys: string[] = [];
    let cleanLogits: Tensor2D | undefined;
    try {
      checkAborted('evaluate', signal);
      cleanLogits = tf.tidy(() => model.logits(batch.inputs, { mode: 'inference' }));
      let last: Attacked | undefined;
      for (const [index, [name, attack]] of Object.entries(attacks).entries()) {
        const run = ({ inputs, ids, labels }: Batch): Promise<Attacked> =>
          perturb(
            attack,
            { model, inputs, ids, goal: { kind: 'misclassify', labels }, threat, seed },
            { ...(signal ? { signal } : {}), onProgress: (progress) => tell({ ...progress, attack: name }) },
          );
        const key = `${done}-${index}`;
        keys.push(key);
        const earlier = pending?.attacks.includes(name) ? await store?.read(key) : undefined;
        const begun = survivorsOnly ? last : undefined;
        const verdict: Attacked = earlier
          ? restored(earlier, batch, model)
          : await (begun ? attackSurvivors(begun, batch, model, run) : run(batch));
        attacked[name] = verdict;
        last = verdict;
        if (!store || earlier) continue;
        await store.write(key, await stored(verdict));
        await onCursor?.(cursorNow({ size, attacks: Object.keys(attacked) }));
      }
      const observation = { model, batch, cleanLogits, attacked, noise: createNoise(seed, batch.ids).stream('metrics') };
      for (const metric of metrics) states[metric.name] = await metric.update(states[metric.name]!, observation);
      await onBatch?.(observation, done);
      standing += count((await standingOf(observation)).worst);
      passes = Object.fromEntries(Object.entries(attacked).map(([name, verdict]) => [name, addPasses(passes[name], verdict)]));
    } finally {
      tf.dispose([batch.inputs, batch.labels, ...(cleanLogits ? [cleanLogits] : [])]);
      for (const { adversarial, success, distance, logits } of Object.values(attacked))
        tf.dispose([adversarial, success, distance, logits]);
    }
    done += size;
    pending = undefined;
    tell({});
    await onCursor?.(cursorNow());
    // Not before the cursor has passed them.
    if (store) for (const key of keys) await store.remove(key);
  }
  return {
    examples: done,
    values: Object.fromEntries(metrics.map((metric) => [metric.name, metric.compute(states[metric.name]!)])) as ValuesOf<Metrics>,
    passes,
    survivorsOnly,
  };
}

function checkCursor({ of, examples, standing, pending }: EvaluationCursor, wanted: EvaluationIdentity, size: number): void {
  checkIdentity(of, wanted);
  checkNumber('evaluate', 'cursor.examples', examples, { integer: true, min: 0, max: size });
  checkNumber('evaluate', 'cursor.standing', standing, { integer: true, min: 0, max: examples });
  if (pending) checkNumber('evaluate', 'cursor.pending.size', pending.size, { integer: true, min: 1, max: size - examples });
}

function addPasses(last: Passes[string] | undefined, { forwards, backwards }: Attacked): Passes[string] {
  const total = (counts: Int32Array): number => counts.reduce((sum, value) => sum + value, 0);
  return { forwards: (last?.forwards ?? 0) + total(forwards), backwards: (last?.backwards ?? 0) + total(backwards) };
}
