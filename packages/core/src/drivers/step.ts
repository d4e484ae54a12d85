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
import type { Adversary, StepContext, StepInputs } from '../contract/objective';
import { expected } from '../errors';
import { joinNoise } from '../noise/join-noise';
import { ascend } from './ascend';
import { type Memory, remembering } from './logits-together';
import { createMeter, type Meter } from './meter';
import { ascentAt } from './problem';
import { standIn } from './stand-in';

/** What a training step is made of. */
export interface StepParts {
  readonly model: Model;
  readonly labelled: Batch;
  readonly unlabelled?: Omit<Batch, 'labels'>;
  /** The step's noise for given examples. Unlabelled examples get a stream of their own: two sets may number theirs alike. */
  readonly noise: (ids: Int32Array) => Noise;
  /** Share of the training done, 0 to 1. */
  readonly progress: number;
  /** @default a meter of the step's own */
  readonly meter?: Meter;
}

/** One training step: the context for objectives, the meter of its passes, and the way onto the tape. */
export interface Step {
  readonly context: StepContext;
  readonly meter: Meter;
  /** Runs `evaluate` with a memo of its own, and counts its passes as gradient evaluations. Call it inside the tape. */
  onTape<T>(evaluate: () => T): T;
  /** The same step with other inputs in the place of the labelled ones: for descents that move them. */
  contextAt(labelledInputs: Tensor): StepContext;
}

/**
 * Call it, and everything on it, inside one `tf.tidy`.
 *
 * @example
 * const { context, onTape } = createStep({ model, labelled, noise: (ids) => createNoise(seed, ids), progress: 0 });
 * const constants = objective.prepare?.(context);
 * const terms = onTape(() => objective.evaluate(context, constants));
 */
export function createStep(parts: StepParts): Step {
  const { model, progress, meter = createMeter() } = parts;
  const labelled: Batch & StepInputs = { ...parts.labelled, noise: parts.noise(parts.labelled.ids) };
  const unlabelled: StepInputs | undefined = parts.unlabelled && {
    ...parts.unlabelled,
    noise: parts.noise(parts.unlabelled.ids).stream('unlabelled'),
  };
  let memo = new Map<string, Tensor2D>();
  let taped = false;
  // By tensor: whose rows they are, and so whose dropout masks.
  const known = new WeakMap<Tensor, Noise>([[labelled.inputs, labelled.noise]]);
  if (unlabelled) known.set(unlabelled.inputs, unlabelled.noise);
  const noiseOf = (inputs: Tensor): Noise =>
    known.get(inputs) ?? (unlabelled || inputs.shape[0] !== labelled.ids.length ? unknownRows(inputs) : labelled.noise);
  const layerNoise = (inputs: Tensor): Noise => noiseOf(inputs).stream('layers');

  const keyOf = (inputs: Tensor, mode: Mode = 'inference'): string => `${inputs.id}:${mode}`;
  const memory: Memory = {
    recall: (inputs, { mode, noise }) => {
      const seen = noise === undefined || noise === known.get(inputs) ? memo.get(keyOf(inputs, mode)) : undefined;
      return seen?.isDisposed ? undefined : seen;
    },
    remember: (inputs, { mode, noise }, seen) => {
      if (noise === undefined || noise === known.get(inputs)) memo.set(keyOf(inputs, mode), seen);
    },
    noiseOf,
  };
  const logits = (inputs: Tensor, options: { readonly mode?: Mode; readonly noise?: Noise } = {}): Tensor2D => {
    const seen = memory.recall(inputs, options);
    if (seen) return seen;
    const { mode = 'inference', noise } = options;
    const n = inputs.shape[0] ?? 0;
    meter.forwards += n;
    if (taped) meter.backwards += n;
    const fresh = model.logits(inputs, { mode, noise: noise ? noise.stream('layers') : layerNoise(inputs) });
    memory.remember(inputs, options, fresh);
    return fresh;
  };

  let joined: StepInputs | undefined;
  const joinAll = (): StepInputs => {
    if (!unlabelled) return labelled;
    // Joined on the tape it ends with the tape: a descent that evaluates twice joins anew.
    if (joined && !joined.inputs.isDisposed) return joined;
    const noise = joinNoise(labelled.noise, unlabelled.noise);
    joined = { ids: noise.ids, inputs: tf.concat([labelled.inputs, unlabelled.inputs]), noise };
    known.set(joined.inputs, noise);
    return joined;
  };
  const streams = new Map<string, number>();
  const attacked = new Map<Adversary, Tensor>();
  const adversarial = (adversary: Adversary): Tensor => {
    const before = attacked.get(adversary);
    if (before && !before.isDisposed) return before;
    if (taped) throw expected('adversarial', 'call', 'made in `prepare`', 'a call in `evaluate`', 'An attack must not run on the tape.');
    const { attack, mode, warmUp } = adversary;
    const threat = warmUp ? { ...adversary.threat, epsilon: adversary.threat.epsilon * warmUp(progress) } : adversary.threat;
    const [{ inputs, noise }, goal] = victims(adversary, labelled, unlabelled, joinAll);
    // Two adversaries may be the same attack: the second must not repeat the draws of the first.
    const { name } = attack.card;
    const turn = streams.get(name) ?? 0;
    streams.set(name, turn + 1);
    const stream = turn === 0 ? noise.stream('adversary', name) : noise.stream('adversary', name, turn);
    const problem = { model, inputs, goal, threat, noise: stream, layerNoise: noise.stream('layers'), meter };
    const cleanLogits = memory.recall(inputs, mode ? { mode } : {});
    const found = ascend(attack, { ...problem, ...(mode ? { mode } : {}), ...(cleanLogits ? { cleanLogits } : {}) });
    attacked.set(adversary, found);
    known.set(found, noise);
    return found;
  };
  const inputGradient: StepContext['inputGradient'] = (inputs, loss, { mode = 'inference', noise } = {}) => {
    if (taped) throw expected('inputGradient', 'call', 'made in `prepare`', 'a call in `evaluate`', 'Constants are computed off the tape.');
    const layers = noise ? noise.stream('layers') : layerNoise(inputs);
    const n = inputs.shape[0] ?? 0;
    meter.forwards += n;
    meter.backwards += n;
    return ascentAt(inputs, (candidate) => model.logits(candidate, { mode, noise: layers }), loss);
  };
  const tapedGradient: StepContext['tapedGradient'] = (inputs, loss, options = {}) => {
    if (!taped)
      throw expected('tapedGradient', 'call', 'made in `evaluate`', 'a call in `prepare`', 'Off the tape there is inputGradient.');
    const { noise = known.get(inputs) } = options;
    // A copy: the inputs themselves may have been seen before, and what the memo answers with does not depend on this one.
    const gradient = tf.grad((x: Tensor) => tf.sum(loss(logits(x, noise ? { ...options, noise } : options))))(tf.clone(inputs));
    meter.backwards += inputs.shape[0] ?? 0;
    return gradient;
  };
  const context: StepContext = {
    model: remembering(withLogits(model, logits), memory),
    labelled,
    ...(unlabelled ? { unlabelled } : {}),
    all: joinAll,
    noise: labelled.noise,
    progress,
    adversarial,
    inputGradient,
    tapedGradient,
  };
  return {
    context,
    meter,
    contextAt: (inputs) => {
      known.set(inputs, labelled.noise);
      const moved = { ...labelled, inputs };
      // Joined anew each time: the moved inputs are on the tape.
      const all = (): StepInputs => {
        if (!unlabelled) return moved;
        const both = { ...joinAll(), inputs: tf.concat([inputs, unlabelled.inputs]) };
        known.set(both.inputs, both.noise);
        return both;
      };
      return { ...context, labelled: moved, all };
    },
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

/** For inputs of unknown origin: refuses to draw, and only then, since most models draw nothing. */
function unknownRows(inputs: Tensor): Noise {
  const refuse = (): never => {
    throw expected(
      'step',
      'noise',
      'given with inputs that an objective made',
      `none for inputs of shape [${inputs.shape}]`,
      'Pass { noise: context.labelled.noise } (or that of unlabelled, or all()), so that every example keeps its dropout mask.',
    );
  };
  const noise: Noise = {
    ids: new Int32Array(inputs.shape[0] ?? 0),
    stream: () => noise,
    rows: () => noise,
    uniform: refuse,
    normal: refuse,
    signs: refuse,
  };
  return noise;
}

/** The same model, weights and buffers included, that answers through the memo. */
function withLogits(model: Model | TrainableModel, logits: Model['logits']): Model {
  const { name, bounds, classes, inputShape } = model;
  const seen: Model = { name, bounds, classes, inputShape, logits };
  const whole = 'weights' in model ? ({ ...seen, weights: model.weights, buffers: model.buffers } as TrainableModel) : seen;
  return standIn(whole, model);
}

/** Whom an adversary attacks, and towards what: away from labels where they exist, from the prediction where not. */
function victims(
  { on }: Adversary,
  labelled: Batch & StepInputs,
  unlabelled: StepInputs | undefined,
  all: () => StepInputs,
): [StepInputs, Goal] {
  if (on === 'labelled') return [labelled, { kind: 'misclassify', labels: labelled.labels }];
  if (on === 'all') return [all(), { kind: 'change' }];
  if (!unlabelled) throw expected('adversarial', 'unlabelled', 'a batch', undefined, 'This adversary attacks unlabelled examples.');
  return [unlabelled, { kind: 'change' }];
}
