/** The energy for loops of one's own: `trainOnBatch` takes no callbacks, and `tf.variableGrads` knows no models. */
import { checkKeys, checkNumber, expected } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { twoCopies } from './energy-regularizer';
import { createEnergyStep, type EnergyStep, energyHook, type Moment, notCompiled, splitData } from './energy-step';
import { type EnergyRegularizerOptions, readOptions, type Settings } from './options';
import { type Data, installSeam, latestHooks, open } from './seam';

/** As `model.trainOnBatch` takes them: a tensor, one for each input or output, or tensors by name. */
export type BatchTensors = Tensor | Tensor[] | Readonly<Record<string, Tensor>>;

/** What a step of a loop of your own may have to say. */
export interface StepOptions {
  /** Share of the training done, 0 to 1. Needed where epsilon or weight follows a schedule. */
  readonly progress?: number;
}

/** The energy of one batch, along paths that are found already. */
export interface PreparedEnergy {
  /** The weighted energy, on the tape. */
  term(): Scalar;
  /** Frees the paths. */
  dispose(): void;
}

/** A model whose training steps lower the energy, for loops of your own. */
export interface EnergyModel {
  /**
   * `model.trainOnBatch` with the energy added. Resolves to its losses and metrics, the first of which includes the
   * energy, and to the energy by itself.
   */
  trainOnBatch(x: BatchTensors, y: BatchTensors, options?: StepOptions): Promise<{ readonly results: number[]; readonly energy: number }>;
  /**
   * The same energy for a loop with an optimiser of its own: finds the paths, off the tape. Add `term()` to your loss inside
   * `optimizer.minimize`, then `dispose()`. Counts as a step. Reads nothing back, so inputs out of bounds are not refused here.
   */
  prepare(x: BatchTensors, y: BatchTensors, options?: StepOptions): PreparedEnergy;
}

/**
 * Nothing stays on the model between calls, so there is nothing to detach.
 *
 * @example
 * const robust = withEnergy(model, { epsilon: 1.5 });
 * const { results, energy } = await robust.trainOnBatch(images, labels);
 */
export function withEnergy(model: tfl.LayersModel, options: EnergyRegularizerOptions): EnergyModel {
  const owner = 'withEnergy';
  const settings = readOptions(owner, options);
  installSeam(owner);
  const inner = innerModel(owner, model);
  const readyStep = compiledStep(owner, inner, settings);
  readyStep();
  let steps = 0;
  const nextMoment = ({ progress, ...rest }: StepOptions): Moment => {
    checkKeys(owner, rest, ['progress']);
    if (progress !== undefined) checkNumber(owner, 'progress', progress, { min: 0, max: 1 });
    else if (settings.isScheduled)
      throw expected(owner, 'progress', 'given, for a schedule runs over it', progress, 'Pass { progress } from 0 to 1.');
    return { progress: progress ?? 0, stream: [steps++] };
  };
  return {
    trainOnBatch: async (x, y, stepOptions = {}) => {
      const moment = nextMoment(stepOptions);
      const { hook, energy } = energyHook(inner, readyStep(), () => moment);
      const { data, dispose } = standardise(inner, x, y);
      let losses: Tensor[] = [];
      try {
        const train = open(inner).makeTrainFunction();
        latestHooks(inner)!.add(hook);
        losses = train(data);
        const results = await Promise.all(losses.map(async (loss) => (await loss.data())[0]!));
        return { results, energy: await energy() };
      } finally {
        tf.dispose(losses);
        dispose();
      }
    },
    prepare: (x, y, stepOptions = {}) => {
      const moment = nextMoment(stepOptions);
      const { data, dispose } = standardise(inner, x, y);
      try {
        const { inputs, given } = splitData(inner, data);
        const ready = readyStep().prepare(inputs, given, moment);
        return {
          term: () => ready?.term() ?? tf.scalar(0),
          dispose: () => {
            ready?.dispose();
            dispose();
          },
        };
      } catch (error) {
        dispose();
        throw error;
      }
    },
  };
}

/** A Sequential hands everything to a model of its own, which is the one that trains. */
function innerModel(owner: string, model: tfl.LayersModel): tfl.LayersModel {
  if (!(model instanceof tfl.LayersModel)) {
    if (typeof (model as Partial<tfl.LayersModel> | null)?.trainOnBatch === 'function') throw twoCopies(owner);
    throw expected(owner, 'model', 'a tfjs-layers model', model);
  }
  const { model: inner } = model as unknown as { readonly model?: unknown };
  if (model instanceof tfl.Sequential && inner instanceof tfl.LayersModel) return inner;
  if (!(model instanceof tfl.Sequential)) return model;
  throw notCompiled(owner);
}

/** Made anew when the model has been compiled again. */
function compiledStep(owner: string, model: tfl.LayersModel, settings: Settings): () => EnergyStep {
  let compiled: unknown;
  let step: EnergyStep | undefined;
  return () => {
    const { lossFunctions } = open(model);
    if (!step || compiled !== lossFunctions) step = createEnergyStep(owner, model, settings);
    compiled = lossFunctions;
    return step;
  };
}

/** tfjs-layers checks shapes, sorts tensors by name and gives columns to vectors; what it makes is ours to dispose. */
function standardise(model: tfl.LayersModel, x: BatchTensors, y: BatchTensors): { readonly data: Data; dispose(): void } {
  const given = new Set([x, y].flatMap((tensors) => (tensors instanceof tf.Tensor ? [tensors] : Object.values(tensors))));
  const [inputs, targets] = open(model).standardizeUserDataXY(x, y);
  const data = [...inputs, ...targets];
  return { data, dispose: () => tf.dispose(data.filter((tensor) => !given.has(tensor))) };
}
