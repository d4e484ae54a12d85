/**
 * A layers-model into a directory of its own: model.json and weights.bin in the standard form, on every backend.
 *
 * Both files are written into a new directory beside the target, which then takes the target's place by renaming:
 * nobody ever reads one model's topology with another's weights. Replacing takes two renames; a process that dies between them
 * leaves no model under the name, and the old one whole in the hidden `.<name>.replaced-<process>-*` beside it.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, realpath, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkKeys, expected, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersClassifier } from '../from-layers-model';
import { saveModel } from '../serialise';
import { modelFile, modelJson, weightsFile } from './model-files';

/** Options of `saveModelToDirectory`. */
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
 * @throws GroundstateError where the directory holds a model and `overwrite` is not set, or anything that is no part of a model;
 * `io` where it cannot be written: what was there is there still.
 */
export async function saveModelToDirectory(model: LayersClassifier, directory: string, options: SaveOptions = {}): Promise<void> {
  checkKeys(owner, options, ['overwrite']);
  const target = await realpath(directory).catch(() => resolve(directory));
  await checkTarget(target, options.overwrite ?? false);
  const partial = join(dirname(target), `.${basename(target)}.partial-${process.pid}-${randomUUID()}`);
  try {
    await mkdir(partial, { recursive: true });
    await saveModel(model, { save: (artifacts) => write(partial, artifacts) });
    // Again: training may have gone on for long, and a second process may have saved meanwhile.
    await checkTarget(target, options.overwrite ?? false);
    await takePlace(partial, target);
  } catch (cause) {
    // What the system refused has a code; a model that cannot be read is no fault of the folder.
    throw GroundstateError.is(cause) || !hasCode(cause) ? cause : await unwritable(target, cause);
  } finally {
    // The first failure is the one to report.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
  }
}

const hasCode = (cause: unknown): boolean => typeof (cause as NodeJS.ErrnoException | undefined)?.code === 'string';

/** Which model could not be written, why, and how much room there is where that may be the reason. */
async function unwritable(target: string, cause: unknown): Promise<GroundstateError> {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  let room = '';
  if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)) {
    const disk = await statfs(dirname(target)).catch(() => undefined);
    if (disk) room = ` (${((disk.bavail * disk.bsize) / 2 ** 20).toFixed(1)} MiB free)`;
  }
  const advice = 'Check the folder above it, and the space on its disk; what was there is there still.';
  return new GroundstateError('io', `${owner}: expected \`${target}\` to be writable, got ${message}${room}. ${advice}`, { cause });
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
  const aside = join(dirname(target), `.${basename(target)}.replaced-${process.pid}-${randomUUID()}`);
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
  const present: readonly string[] = await readdir(target).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    if (cause.code === 'ENOTDIR')
      throw refused('a directory', `${target}, which is a file or below one`, 'Choose another directory.', cause);
    throw new GroundstateError('io', `${owner}: expected \`${target}\` to be a readable directory, got ${cause.message}.`, { cause });
  });
  const foreign = present.filter((name) => !present.includes(modelFile) || !ofModel.test(name));
  if (foreign.length > 0) throw expected(owner, 'directory', 'empty or a model alone', foreign, 'Give the model a directory of its own.');
  if (present.length > 0 && !overwrite) {
    throw refused('empty', `a model in ${target}`, 'Choose another directory, or pass `overwrite: true` to replace it.');
  }
}

/** With the whole path, which `expected` would cut. */
function refused(rule: string, got: string, advice: string, cause?: unknown): GroundstateError {
  return new GroundstateError('invalid-argument', `${owner}: expected \`directory\` to be ${rule}, got ${got}. ${advice}`, { cause });
}
