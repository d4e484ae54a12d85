/**
 * The evaluation driver: every batch is attacked by every attack, every metric sees what happened. Can be left at any batch
 * and continued: the cursor holds the position and the metrics' states, which are JSON.
 */
import {
  type Attack,
  type Attacked,
  batches,
  checkAborted,
  checkKeys,
  checkNumber,
  createNoise,
  type Examples,
  expected,
  type Json,
  type Metric,
  type Model,
  type PerturbProgress,
  perturb,
  type ThreatModel,
} from '@groundstate/core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Where an evaluation stands: a JSON value, to be kept between processes. */
export type EvaluationCursor = { readonly examples: number; readonly states: { readonly [metric: string]: Json }; readonly passes: Passes };
type Passes = { readonly [attack: string]: { readonly forwards: number; readonly backwards: number } };

/** `values`: by metric. `passes`: what each attack cost, summed over the examples. */
export type Report<Values = { readonly [metric: string]: Json }> = {
  readonly examples: number;
  readonly values: Values;
  readonly passes: Passes;
};

/** What stands in a report, by the names of the metrics. */
export type ValuesOf<Metrics extends readonly Metric[]> = {
  readonly [Each in Metrics[number] as Each['name']]: ReturnType<Each['compute']>;
};

/** Where a running evaluation stands, and the attack that runs now. */
export interface EvaluationProgress extends Partial<PerturbProgress> {
  readonly examplesDone: number;
  readonly examplesInAll: number;
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
  /** Where an earlier call stopped. */
  readonly cursor?: EvaluationCursor;
  /** Called after every batch. */
  readonly onCursor?: (cursor: EvaluationCursor) => void | Promise<void>;
  /** Called after every step of an attack, and after every batch. */
  readonly onProgress?: (progress: EvaluationProgress) => void;
  readonly signal?: AbortSignal;
}

/**
 * @example
 * const report = await evaluate(model, test, { attacks: { square: square() }, threat, metrics: [accuracy(), robustAccuracy()], seed: 0 });
 */
export async function evaluate<const Metrics extends readonly Metric[]>(
  model: Model,
  examples: Examples,
  options: EvaluateOptions<Metrics>,
): Promise<Report<ValuesOf<Metrics>>> {
  checkKeys('evaluate', options, ['attacks', 'threat', 'metrics', 'seed', 'batchSize', 'cursor', 'onCursor', 'onProgress', 'signal']);
  const { attacks, threat, metrics, seed, cursor, onCursor, onProgress, signal } = options;
  const batchSize = checkNumber('evaluate', 'batchSize', options.batchSize ?? 250, { integer: true, min: 1 });
  const names = metrics.map((metric) => metric.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw expected('evaluate', 'metrics', 'metrics of different names', twice);
  const own = ['worst', 'clean'].find((name) => name in attacks);
  if (own) throw expected('evaluate', 'attacks', "named other than 'worst', the worst over all attacks, and 'clean', none of them", own);

  let done = cursor?.examples ?? 0;
  checkNumber('evaluate', 'cursor.examples', done, { integer: true, min: 0, max: examples.size });
  if (cursor) checkCursor(cursor, names, Object.keys(attacks));
  const states: Record<string, Json> = Object.fromEntries(
    metrics.map((metric) => [metric.name, cursor?.states[metric.name] ?? metric.init()]),
  );
  let passes: Passes = cursor?.passes ?? Object.fromEntries(Object.keys(attacks).map((name) => [name, { forwards: 0, backwards: 0 }]));

  const rest = Int32Array.from({ length: examples.size - done }, (_, i) => done + i);
  for await (const batch of batches(examples, { size: batchSize, order: rest })) {
    const attacked: Record<string, Attacked> = {};
    let cleanLogits: Tensor2D | undefined;
    try {
      checkAborted('evaluate', signal);
      cleanLogits = tf.tidy(() => model.logits(batch.inputs, { mode: 'inference' }));
      for (const [name, attack] of Object.entries(attacks)) {
        const request = {
          model,
          inputs: batch.inputs,
          ids: batch.ids,
          goal: { kind: 'misclassify', labels: batch.labels },
          threat,
          seed,
        } as const;
        const report = (progress: PerturbProgress): void =>
          onProgress?.({ ...progress, attack: name, examplesDone: done, examplesInAll: examples.size });
        const verdict = await perturb(attack, request, { ...(signal ? { signal } : {}), onProgress: report });
        attacked[name] = verdict;
        passes = { ...passes, [name]: addPasses(passes[name], verdict) };
      }
      const observation = { model, batch, cleanLogits, attacked, noise: createNoise(seed, batch.ids).stream('metrics') };
      for (const metric of metrics) states[metric.name] = await metric.update(states[metric.name]!, observation);
    } finally {
      tf.dispose([batch.inputs, batch.labels, ...(cleanLogits ? [cleanLogits] : [])]);
      for (const { adversarial, success, distance, logits } of Object.values(attacked))
        tf.dispose([adversarial, success, distance, logits]);
    }
    done += batch.ids.length;
    onProgress?.({ examplesDone: done, examplesInAll: examples.size });
    await onCursor?.({ examples: done, states: { ...states }, passes });
  }
  return {
    examples: done,
    values: Object.fromEntries(metrics.map((metric) => [metric.name, metric.compute(states[metric.name]!)])) as ValuesOf<Metrics>,
    passes,
  };
}

/** A cursor of other metrics or attacks would go on with figures over a part of the examples. */
function checkCursor({ states, passes }: EvaluationCursor, metrics: readonly string[], attacks: readonly string[]): void {
  const same = (left: readonly string[], right: readonly string[]): boolean => [...left].sort().join() === [...right].sort().join();
  const [measured, attacked] = [Object.keys(states), Object.keys(passes)];
  if (!same(measured, metrics)) throw expected('evaluate', 'cursor.states', `those of the metrics ${metrics.join(', ')}`, measured);
  if (!same(attacked, attacks)) throw expected('evaluate', 'cursor.passes', `those of the attacks ${attacks.join(', ')}`, attacked);
}

function addPasses(last: Passes[string] | undefined, { forwards, backwards }: Attacked): Passes[string] {
  const total = (counts: Int32Array): number => counts.reduce((sum, count) => sum + count, 0);
  return { forwards: (last?.forwards ?? 0) + total(forwards), backwards: (last?.backwards ?? 0) + total(backwards) };
}
