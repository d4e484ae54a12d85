/**
 * Models in the standard layers-model form, through any tf.io handler (IndexedDB, HTTP, memory; directories: see `@groundstate/models/node`).
 * What the form has no place for (name, bounds, how the head is read) travels in its `userDefinedMetadata`, under `groundstate`.
 */
import { type Bounds, expected, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { firstNonFinite } from './first-non-finite';
import { fromLayersModel, type LayersClassifier, type LayersModelOptions } from './from-layers-model';
import type { HeadOption } from './logits-view';
import { registerLayers } from './register-layers';
import { weightBytes } from './weight-bytes';

/**
 * Saves topology, weights and metadata. `handler` is a tf.io handler or a URL that tfjs knows, such as `indexeddb://digits`.
 *
 * @throws GroundstateError `diverged` where a weight is NaN or infinite: such a file could not be loaded again.
 */
export async function saveModel(model: LayersClassifier, handler: tf.io.IOHandler | string): Promise<tf.io.SaveResult> {
  const save = saveHandler(handler);
  return model.layersModel.save({
    save: async (artifacts) => {
      const name = firstNonFinite(artifacts.weightSpecs ?? [], tf.io.CompositeArrayBuffer.join(artifacts.weightData));
      if (name !== undefined) {
        const advice = 'Training has diverged: save an earlier state, or train with a smaller learning rate.';
        throw new GroundstateError(
          'diverged',
          `saveModel: expected \`model\` to be one with finite weights, got NaN or infinity in "${name}". ${advice}`,
        );
      }
      return save({ ...artifacts, userDefinedMetadata: { ...artifacts.userDefinedMetadata, groundstate: describe(model) } });
    },
  });
}

/**
 * Loads a layers-model and wraps it as `fromLayersModel` does. Options win over the metadata; foreign models have none and get the defaults.
 *
 * @throws GroundstateError `corrupt` where weights and topology do not fit each other, or weights are NaN or infinite.
 */
export async function loadModel(handler: tf.io.IOHandler | string, options: LayersModelOptions = {}): Promise<LayersClassifier> {
  return loadArtifacts(await loadHandler(handler)(), { owner: 'loadModel', name: 'handler' }, options);
}

/** Who loads, and what the errors call that which is loaded. */
export type Origin = { readonly owner: string; readonly name: string };

/** The second half of `loadModel`. */
export async function loadArtifacts(
  artifacts: tf.io.ModelArtifacts,
  origin: Origin,
  options: LayersModelOptions,
): Promise<LayersClassifier> {
  checkWeights(artifacts, origin);
  const { classes, ...restored } = readMetadata(artifacts.userDefinedMetadata?.groundstate, origin);
  const layersModel = await loadLayers(artifacts, origin);
  try {
    const model = fromLayersModel(layersModel, { ...restored, ...options });
    if (classes !== undefined && options.head === undefined && model.classes !== classes) {
      throw corrupt(origin, `a model of ${classes} classes, as its metadata says`, `one of ${model.classes}`);
    }
    return model;
  } catch (error) {
    layersModel.dispose();
    throw error;
  }
}

const damaged = 'The file is damaged: save the model again, or take another copy.';

type Metadata = { readonly name?: string; readonly bounds?: Bounds; readonly head?: HeadOption; readonly classes?: number };

/** JSON has no infinity: such a bound is written as a string. */
function describe({ name, bounds, classes, head }: LayersClassifier): Record<string, unknown> {
  return { version: 1, name, bounds: bounds.map((end) => (Number.isFinite(end) ? end : String(end))), classes, head };
}

function readMetadata(stored: unknown, origin: Origin): Metadata {
  if (stored === undefined || stored === null) return {};
  const { version, name, bounds, classes, head } = stored as Readonly<Record<string, unknown>>;
  if (version !== 1)
    throw corrupt(
      origin,
      'a model with metadata of version 1',
      `version ${String(version)}`,
      'It was written by a newer release: update @groundstate/models.',
    );
  const ends = Array.isArray(bounds) ? bounds.map(Number) : [];
  const sound =
    typeof name === 'string' &&
    ends.length === 2 &&
    ends[0]! < ends[1]! &&
    Number.isInteger(classes) &&
    (head === 'auto' || head === 'logits');
  if (!sound) throw corrupt(origin, 'a model whose metadata has name, bounds, classes and head', JSON.stringify(stored));
  return { name, bounds: [ends[0]!, ends[1]!], classes: classes as number, head };
}

/**
 * Builds the layers first and fills them afterwards, in one synchronous step: tf.loadLayersModel with weights leaves
 * the half-filled model and the decoded weights behind where the two do not fit.
 */
async function loadLayers(artifacts: tf.io.ModelArtifacts, origin: Origin): Promise<tfl.LayersModel> {
  const { modelTopology, userDefinedMetadata, weightSpecs, weightData } = artifacts;
  if (modelTopology === undefined || weightSpecs === undefined || weightData === undefined) {
    throw corrupt(origin, 'a model with a topology and weights', `only ${modelTopology === undefined ? 'weights' : 'a topology'}`);
  }
  registerLayers();
  // An optimiser's state is no part of a classifier: the training configuration stays behind.
  const topology: tf.io.ModelArtifacts = userDefinedMetadata === undefined ? { modelTopology } : { modelTopology, userDefinedMetadata };
  const model = await tfl.loadLayersModel({ load: async () => topology }).catch((cause: unknown) => {
    const advice = 'A custom layer must be known before: register it with tf.serialization.registerClass.';
    throw new GroundstateError(
      'unsupported',
      `${origin.owner}: expected \`${origin.name}\` to be a topology that tfjs-layers can build, got ${wordsOf(cause)}. ${advice}`,
      { cause },
    );
  });
  try {
    tf.tidy(() => {
      const decoded = tf.io.decodeWeights(weightData, weightSpecs);
      const optimiser = new Set(weightSpecs.flatMap((spec) => (spec.group === 'optimizer' ? [spec.name] : [])));
      model.loadWeights(Object.fromEntries(Object.entries(decoded).filter(([name]) => !optimiser.has(name))));
    });
    return model;
  } catch (cause) {
    model.dispose();
    throw corrupt(
      origin,
      'a model whose weights fit its topology',
      wordsOf(cause),
      'The files do not belong together: take another copy.',
      cause,
    );
  }
}

function checkWeights({ weightSpecs = [], weightData }: tf.io.ModelArtifacts, origin: Origin): void {
  const data = tf.io.CompositeArrayBuffer.join(weightData);
  const promised = weightBytes(origin.owner, origin.name, weightSpecs);
  if (data.byteLength !== promised)
    throw corrupt(origin, `a model with ${promised} bytes of weights, as its manifest says`, `${data.byteLength} bytes`);
  const nonFinite = firstNonFinite(weightSpecs, data);
  if (nonFinite === undefined) return;
  const advice = 'The file is damaged, or training had diverged when it was saved.';
  throw corrupt(origin, 'a model with finite weights', `NaN or infinity in "${nonFinite}"`, advice);
}

function wordsOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
}

function corrupt({ owner, name }: Origin, rule: string, value: string, advice = damaged, cause?: unknown): GroundstateError {
  return new GroundstateError('corrupt', `${owner}: expected \`${name}\` to be ${rule}, got ${value}. ${advice}`, { cause });
}

const node = "In Node, '@groundstate/models/node' reads and writes directories.";

function saveHandler(handler: tf.io.IOHandler | string): tf.io.SaveHandler {
  const found = typeof handler === 'string' ? (tf.io.getSaveHandlers(handler) as tf.io.IOHandler[]) : [handler];
  const save = found.length === 1 ? found[0]?.save?.bind(found[0]) : undefined;
  if (save === undefined) throw expected('saveModel', 'handler', 'a handler with `save`, or a URL that tfjs can save to', handler, node);
  return save;
}

function loadHandler(handler: tf.io.IOHandler | string): tf.io.LoadHandler {
  const found = typeof handler === 'string' ? (tf.io.getLoadHandlers(handler) as tf.io.IOHandler[]) : [handler];
  const load = found.length === 1 ? found[0]?.load?.bind(found[0]) : undefined;
  if (load === undefined) throw expected('loadModel', 'handler', 'a handler with `load`, or a URL that tfjs can load from', handler, node);
  return load;
}
