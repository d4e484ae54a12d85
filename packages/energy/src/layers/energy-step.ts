/**
 * One training step's energy of a tfjs-layers model, weight * mean_i D_K(x_i, r_i): the one implementation under the
 * callback and under `withEnergy`. Attacking comes first and off the tape, the term is computed on it.
 *
 * Costs `segments + 1 + steps` gradient evaluations an example beside the step's own. The clean pass is not shared: `fit`
 * makes it with another dropout mask, from clipped probabilities, and with batch statistics where there are any.
 */
import { createNoise, freeFailedTape, show } from '@groundstate/core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { discretePathEnergy } from '../discrete-path-energy';
import { type ExampleLosses, exampleLosses, type Targets } from './example-losses';
import { layerTree } from './layer-tree';
import type { Settings } from './options';
import { type Movable, pathEnds } from './path-ends';
import { refusal } from './refusal';
import { type RepeatablePasses, repeatablePasses, scramble } from './repeatable-passes';
import { type Data, type Hook, open } from './seam';
import { shadow } from './shadow';

/** Where in the training a step is: what schedules and random numbers depend on. */
export type Moment = { readonly progress: number; readonly stream: readonly number[] };

export type Prepared = {
  /** The weighted energy. On the tape, once or oftener. */
  term(): Scalar;
  /** Throws where an input was out of its bounds. */
  check(): Promise<void>;
  dispose(): void;
};

export type EnergyStep = {
  /** Undefined where weight or radius is 0: then there is nothing to add. */
  prepare(inputs: readonly Tensor[], given: Targets, moment: Moment): Prepared | undefined;
};

export function createEnergyStep(owner: string, model: tfl.LayersModel, settings: Settings): EnergyStep {
  checkModel(owner, model);
  settings.checkInputs(model.inputNames);
  const losses = exampleLosses(owner, model);
  const passes = repeatablePasses(model);
  return {
    prepare: (inputs, given, moment) => {
      const weight = settings.weightAt(moment.progress);
      const movable = model.inputNames.flatMap((name, index): Movable[] => {
        const input = inputs[index]!;
        const epsilon = settings.epsilonAt(name, moment.progress);
        const moves = epsilon > 0 && input.dtype === 'float32' && model.inputs[index]!.dtype === 'float32';
        return moves ? [{ name, input, epsilon, bounds: settings.boundsOf(name) }] : [];
      });
      if (!inputs.some(({ dtype }, index) => dtype === 'float32' && model.inputs[index]!.dtype === 'float32')) {
        const advice = 'Give pixels and the like as float32. Indices have no ball around them: put their embedding before the model.';
        throw refusal(owner, 'model', 'one with a float input', show(inputs[0]), advice);
      }
      if (weight === 0 || movable.length === 0) return undefined;
      return prepared(owner, model, { settings, losses, passes, inputs, given, moment, movable, weight });
    },
  };
}

type Parts = {
  readonly settings: Settings;
  readonly losses: ExampleLosses;
  readonly passes: RepeatablePasses;
  readonly inputs: readonly Tensor[];
  readonly given: Targets;
  readonly moment: Moment;
  readonly movable: readonly Movable[];
  readonly weight: number;
};

function prepared(owner: string, model: tfl.LayersModel, parts: Parts): Prepared {
  const { settings, losses, passes, inputs, given, moment, movable, weight } = parts;
  const { norm, segments, steps, seed, form } = settings;
  /** All the inputs, those that move in the place of the batch's. */
  const among = (moved: readonly Tensor[]): Tensor[] =>
    model.inputNames.map((name, index) => moved[movable.findIndex((one) => one.name === name)] ?? inputs[index]!);
  const ids = Int32Array.from({ length: inputs[0]!.shape[0]! }, (_, row) => row);
  const noise = createNoise(seed, ids).stream('energy', ...moment.stream);
  const loss = (...candidates: Tensor[]): Scalar => tf.sum(losses(among(candidates), given, { training: false }));
  const check = boundsCheck(owner, movable);
  const ends = pathEnds(owner, movable, { norm, steps, noise, loss });
  const pointAt = (k: number): Tensor[] =>
    movable.map(({ input }, index) => {
      if (k === 0) return input;
      return k === segments ? ends[index]! : tf.add(input, tf.mul(tf.sub(ends[index]!, input), k / segments));
    });
  return {
    term: () =>
      tf.tidy(() => {
        const points = passes.run(scramble([seed, ...moment.stream]), () =>
          Array.from({ length: segments + 1 }, (_, k) => losses(among(pointAt(k)), given, passes)),
        );
        return tf.mul(tf.mean(form.apply(discretePathEnergy(points))), weight) as Scalar;
      }),
    check,
    dispose: () => tf.dispose(ends),
  };
}

/** Reads without stalling the device; whoever awaits it gets the error. */
function boundsCheck(owner: string, movable: readonly Movable[]): () => Promise<void> {
  const readings = movable
    .filter(({ bounds }) => bounds.some(Number.isFinite))
    .map(({ name, input, bounds }) => {
      const extremes = tf.tidy(() => tf.stack([tf.min(input), tf.max(input)]));
      const values = extremes.data();
      extremes.dispose();
      return { name, bounds, values };
    });
  return async () => {
    for (const { name, bounds, values } of readings) {
      const [least, most] = (await values) as ArrayLike<number> as readonly [number, number];
      // Float32 may carry an input a rounding beyond its bounds.
      const slack = 1e-5 * Math.max(1, Math.abs(least), Math.abs(most));
      if (least >= bounds[0] - slack && most <= bounds[1] + slack) continue;
      const advice = 'Scale the inputs, or say where they live: bounds: [0, 255], or [-Infinity, Infinity] for none.';
      throw refusal(owner, 'inputs', `within bounds [${bounds}]`, `${name} from ${least} to ${most}`, advice);
    }
  };
}

/** The hook that adds a step's energy to the total loss; everything else of the step is tfjs-layers' own. */
export function energyHook(model: tfl.LayersModel, step: EnergyStep, moment: () => Moment): { hook: Hook; energy(): Promise<number> } {
  let reading: (() => Promise<number>) | undefined;
  const hook: Hook = (data, train) => {
    reading = undefined;
    const { inputs, given } = splitData(model, data);
    const ready = step.prepare(inputs, given, moment());
    if (!ready) return train(data);
    const own = open(model).calculateLosses;
    let term: Scalar | undefined;
    const restore = shadow(model, 'calculateLosses', () => {
      const penalties = own.call(model);
      term = tf.keep(ready.term());
      return [...penalties, term];
    });
    try {
      const results = freeFailedTape(() => train(data));
      const value = term!.data();
      reading = async () => {
        await ready.check();
        return (await value)[0]!;
      };
      return results;
    } finally {
      restore();
      ready.dispose();
      term?.dispose();
    }
  };
  return { hook, energy: async () => (reading ? await reading() : 0) };
}

export function splitData(model: tfl.LayersModel, data: Data): { inputs: Tensor[]; given: Targets } {
  const [n, m] = [model.inputs.length, model.outputs.length];
  return {
    inputs: data.slice(0, n) as Tensor[],
    given: { targets: data.slice(n, n + m) as Tensor[], weights: data.slice(n + m, n + 2 * m) },
  };
}

function checkModel(owner: string, model: tfl.LayersModel): void {
  if (!open(model).lossFunctions) throw notCompiled(owner);
  if (layerTree(model).some((layer) => layer.stateful)) {
    const advice = 'Every pass would move their states, and the energy takes several.';
    throw refusal(owner, 'model', 'one without stateful layers', model.name, advice, { code: 'unsupported' });
  }
}

export function notCompiled(owner: string): Error {
  return refusal(owner, 'model', 'compiled', 'one without a loss', 'Call model.compile first.');
}
