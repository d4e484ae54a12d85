/**
 * A layers-model into a directory of its own: model.json and weights.bin in the standard form, on every backend.
 *
 * Both files are written into a new directory beside the target, which then takes the target's place by renaming:
 * nobody ever reads one model's topology with another's weights. Replacing takes two renames; a process that dies between them
 * leaves no model under the name, and the old one whole in the hidden `.<name>.replaced-*` beside it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkKeys, expected } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersClassifier } from '../from-layers-model';
import { saveModel } from '../serialise';
import { modelFile, modelJson, weightsFile } from './model-files';

export type SaveOptions = {
  /** Replace a model that is already there. @default false */
  readonly overwrite?: boolean;
};

const owner = 'saveModelToDirectory';

/**
 * Loadable by `loadModelFromDirectory`, by tf.loadLayersModel over HTTP and by the converter of tensorflowjs.
 * Directories above are made where missing.
 *
 * @example
 * await saveModelToDirectory(model, 'runs/digits/model');
 *
 * @throws GroundstateError where the directory holds a model and `overwrite` is not set, or anything that is no part of a model.
 */
export async function saveModelToDirectory(model: LayersClassifier, directory: string, options: SaveOptions = {}): Promise<void> {
  checkKeys(owner, options, ['overwrite']);
  const target = await realpath(directory).catch(() => resolve(directory));
  await checkTarget(target, options.overwrite ?? false);
  const partial = join(dirname(target), `.${basename(target)}.partial-${randomUUID()}`);
  await mkdir(partial, { recursive: true });
  try {
    await saveModel(model, { save: (artifacts) => write(partial, artifacts) });
    // Again: training may have gone on for long, and a second process may have saved meanwhile.
    await checkTarget(target, options.overwrite ?? false);
    await takePlace(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function write(directory: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  await writeDurably(join(directory, weightsFile), new Uint8Array(tf.io.CompositeArrayBuffer.join(artifacts.weightData)));
  await writeDurably(join(directory, modelFile), modelJson(artifacts));
  return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
}

/** The bytes are on the disk before the rename, or a crash could leave the name with empty files. */
async function writeDurably(file: string, content: Uint8Array | string): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A directory cannot be renamed over a full one: the old model steps aside, and comes back where the new one cannot take its place. */
async function takePlace(partial: string, target: string): Promise<void> {
  const aside = join(dirname(target), `.${basename(target)}.replaced-${randomUUID()}`);
  const existed = await rename(target, aside).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  try {
    await rename(partial, target);
  } catch (error) {
    if (existed) await rename(aside, target);
    throw error;
  }
  if (existed) await rm(aside, { recursive: true, force: true });
}

/** What tfjs's writers put beside each other. */
const ofModel = /^(model\.json|weights\.bin|group\d+-shard\d+of\d+(\.bin)?)$/;

/** Whatever else lies there would go with the old model: a model has its directory to itself. */
async function checkTarget(target: string, overwrite: boolean): Promise<void> {
  const present: readonly string[] = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') throw expected(owner, 'directory', 'a directory', `the file ${target}`);
    throw error;
  });
  const foreign = present.filter((name) => !present.includes(modelFile) || !ofModel.test(name));
  if (foreign.length > 0) throw expected(owner, 'directory', 'empty or a model alone', foreign, 'Give the model a directory of its own.');
  if (present.length > 0 && !overwrite) {
    throw expected(
      owner,
      'directory',
      'empty',
      `a model in ${target}`,
      'Choose another directory, or pass `overwrite: true` to replace it.',
    );
  }
}
