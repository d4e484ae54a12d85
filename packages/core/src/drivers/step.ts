/**
 * One training step as objectives see it: a memoised, metered model, adversaries that are attacked once, and a phase on
 * the tape. `fit` makes one for every batch; tests and custom loops can too.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Goal } from '../contract/attack';
import type { Batch } from '../contract/data';
import type { Mode, Model, TrainableModel } from '../contract/model';
import type { Noise } from '../contract/noise';
import type { Adversary, StepContext } from '../contract/objective';
import { expected } from '../errors';
import { ascend } from './ascend';
import { createMeter, type Meter } from './meter';

export interface StepParts {
  readonly model: Model;
  readonly labelled: Batch;
  readonly unlabelled?: Omit<Batch, 'labels'>;
  /** The step's noise for given examples: adversaries may attack other examples than the labelled ones. */
  readonly noise: (ids: Int32Array) => Noise;
  /** Share of the training done, 0 to 1. */
  readonly progress: number;
  /** @default a meter of the step's own */
  readonly meter?: Meter;
}

export interface Step {
  readonly context: StepContext;
  readonly meter: Meter;
  /** Runs `evaluate` with a memo of its own, and counts its passes as gradient evaluations. Call it inside the tape. */
  onTape<T>(evaluate: () => T): T;
}

/** Call it, and everything on it, inside one `tf.tidy`. */
export function createStep(parts: StepParts): Step {
  const { model, labelled, unlabelled, progress, meter = createMeter() } = parts;
  const noise = parts.noise(labelled.ids);
  let memo = new Map<string, Tensor2D>();
  let taped = false;
  // Inputs made from a batch (a step of VAT, both batches as one) carry no ids: their number says where they come from.
  const layerNoise = (rows: number): Noise => {
    const others = unlabelled?.ids ?? labelled.ids;
    const all = rows === labelled.ids.length + others.length ? Int32Array.from([...labelled.ids, ...others]) : undefined;
    const ids = rows === labelled.ids.length ? labelled.ids : rows === others.length ? others : (all ?? labelled.ids);
    return parts.noise(ids).stream('layers');
  };

  const logits = (inputs: Tensor, options: { readonly mode?: Mode; readonly noise?: Noise } = {}): Tensor2D => {
    const { mode = 'inference' } = options;
    const key = `${inputs.id}:${mode}`;
    const known = options.noise ? undefined : memo.get(key);
    if (known && !known.isDisposed) return known;
    const n = inputs.shape[0] ?? 0;
    meter.forwards += n;
    if (taped) meter.backwards += n;
    const fresh = model.logits(inputs, { mode, noise: options.noise ?? layerNoise(n) });
    if (!options.noise) memo.set(key, fresh);
    return fresh;
  };

  const attacked = new Map<Adversary, Tensor>();
  const context: StepContext = {
    model: withLogits(model, logits),
    labelled,
    ...(unlabelled ? { unlabelled } : {}),
    noise,
    progress,
    adversarial: (adversary) => {
      const known = attacked.get(adversary);
      if (known && !known.isDisposed) return known;
      if (taped) throw expected('adversarial', 'call', 'made in `prepare`', 'a call in `evaluate`', 'An attack must not run on the tape.');
      const { attack, threat, mode } = adversary;
      const [{ inputs, ids }, goal] = victims(adversary, labelled, unlabelled);
      const problem = { model, inputs, goal, threat, noise: parts.noise(ids).stream('adversary', attack.card.name), meter };
      const adversarial = ascend(attack, mode ? { ...problem, mode } : problem);
      attacked.set(adversary, adversarial);
      return adversarial;
    },
  };
  return {
    context,
    meter,
    onTape: (evaluate) => {
      const before = memo;
      memo = new Map();
      taped = true;
      try {
        return evaluate();
      } finally {
        memo = before;
        taped = false;
      }
    },
  };
}

/** The same model, weights and buffers included, that answers through the memo. */
function withLogits(model: Model | TrainableModel, logits: Model['logits']): Model {
  const { name, bounds, classes, inputShape } = model;
  const seen: Model = { name, bounds, classes, inputShape, logits };
  return 'weights' in model ? ({ ...seen, weights: model.weights, buffers: model.buffers } as TrainableModel) : seen;
}

type Victims = Pick<Batch, 'inputs' | 'ids'>;

/** Whom an adversary attacks, and towards what: away from labels where they exist, from the prediction where not. */
function victims({ on }: Adversary, labelled: Batch, unlabelled: Victims | undefined): [Victims, Goal] {
  if (on === 'labelled') return [labelled, { kind: 'misclassify', labels: labelled.labels }];
  if (on === 'all' && !unlabelled) return [labelled, { kind: 'change' }];
  if (!unlabelled) throw expected('adversarial', 'unlabelled', 'a batch', undefined, 'This adversary attacks unlabelled examples.');
  if (on === 'unlabelled') return [unlabelled, { kind: 'change' }];
  const ids = Int32Array.from([...labelled.ids, ...unlabelled.ids]);
  return [{ inputs: tf.concat([labelled.inputs, unlabelled.inputs]), ids }, { kind: 'change' }];
}
