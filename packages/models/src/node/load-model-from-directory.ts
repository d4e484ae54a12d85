/**
 * A layers-model from a directory with model.json and its weight files, in Node, on every backend
 * (tfjs's own `file://` exists with tfjs-node only).
 */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, normalize, sep } from 'node:path';
import { GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersClassifier, LayersModelOptions } from '../from-layers-model';
import { loadArtifacts } from '../serialise';
import { weightBytes } from '../weight-bytes';
import { corrupt, modelFile, parseModelJson } from './model-files';

const owner = 'loadModelFromDirectory';

/**
 * Reads what `saveModelToDirectory`, tfjs-node's `model.save('file://...')` or tensorflowjs_converter has written, one weight file or several.
 * Options win over the metadata of the file; foreign models have none and get the defaults of `fromLayersModel`.
 *
 * @example
 * const model = await loadModelFromDirectory('runs/digits/model');
 *
 * @throws GroundstateError `not-found` for a missing file; `io` for one that cannot be read; `corrupt` for a damaged one; `unsupported` for a
 *   graph-model.
 */
export async function loadModelFromDirectory(directory: string, options: LayersModelOptions = {}): Promise<LayersClassifier> {
  const file = join(directory, modelFile);
  const json = parseModelJson(owner, file, (await read(file, 'Give the directory that holds model.json.')).toString('utf8'));
  const { weightsManifest, ...rest } = json;
  const groups = [];
  for (const group of weightsManifest) groups.push(await readGroup(directory, file, group));
  const weightSpecs = weightsManifest.flatMap((group) => group.weights);
  const weightData = tf.io.CompositeArrayBuffer.join(groups);
  try {
    return await loadArtifacts({ ...rest, weightSpecs, weightData }, { owner, name: file }, options);
  } catch (cause) {
    // Whether tfjs-layers or we refuse the network: the file that it came from belongs to the message.
    if (!GroundstateError.is(cause) || cause.message.includes(file)) throw cause;
    throw new GroundstateError(cause.code, `${cause.message} The model is that of ${file}.`, { cause });
  }
}

/** The bytes of one group, its shards joined. */
async function readGroup(directory: string, file: string, group: tf.io.WeightsManifestConfig[number]): Promise<ArrayBuffer> {
  const shards: Buffer[] = [];
  for (const path of group.paths) {
    // A manifest from elsewhere must not make us read files outside its directory.
    if (isAbsolute(path) || normalize(path).split(sep).includes('..'))
      throw corrupt(owner, file, 'a manifest of files beside it', `the path ${JSON.stringify(path)}`);
    shards.push(await read(join(directory, path), 'model.json names it: copy it beside model.json.'));
  }
  const bytes = Buffer.concat(shards);
  const promised = weightBytes(owner, file, group.weights);
  if (bytes.length !== promised) {
    const advice = `It is ${bytes.length < promised ? 'cut short' : 'too long'}, or belongs to another model: copy it again.`;
    throw corrupt(
      owner,
      group.paths.map((path) => join(directory, path)).join(' + '),
      `${promised} bytes long, as model.json says`,
      `${bytes.length} bytes`,
      advice,
    );
  }
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
}

async function read(file: string, advice: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'an error';
    const missing = code === 'ENOENT' || code === 'ENOTDIR';
    const reason = missing ? 'no such file' : code === 'EISDIR' ? 'a folder' : code;
    throw new GroundstateError(
      missing ? 'not-found' : 'io',
      `${owner}: expected \`${file}\` to be a readable file, got ${reason}. ${advice}`,
      { cause },
    );
  }
}
