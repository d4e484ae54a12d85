/**
 * The two files of a layers-model directory, between bytes and tf.io artifacts, with every check that does not need the network built.
 */
import { GroundstateError } from '@groundstate/core';
import type { io } from '@tensorflow/tfjs-core';

export const modelFile = 'model.json';
export const weightsFile = 'weights.bin';

/** model.json as tfjs's own writers lay it out. */
export function modelJson(artifacts: io.ModelArtifacts): string {
  const { modelTopology, weightSpecs = [], weightData: _, getWeightStream: __, format, generatedBy, convertedBy, ...rest } = artifacts;
  const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs }];
  return JSON.stringify({ format, generatedBy, convertedBy, modelTopology, weightsManifest, ...rest });
}

/** The parsed model.json, known to be a layers-model with a manifest. */
export function parseModelJson(owner: string, file: string, text: string): io.ModelJSON {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    const reason = text === '' ? 'an empty file' : cause instanceof Error ? cause.message : String(cause);
    // What a download leaves that was answered with an error or a login.
    const page = /^\s*<(!doctype|html|\?xml|head|body)/i.test(text);
    const advice = page ? 'Download the model itself, not the page that links to it.' : 'Save the model again, or take another copy.';
    throw corrupt(owner, file, 'JSON', page ? 'a web page' : reason, advice, cause);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw corrupt(owner, file, 'a JSON object', Array.isArray(json) ? 'an array' : String(json));
  const { format, modelTopology, weightsManifest } = json as Readonly<Record<string, unknown>>;
  const graph =
    format === 'graph-model' ||
    (format === undefined && typeof modelTopology === 'object' && modelTopology !== null && 'node' in modelTopology);
  if (graph) {
    const advice =
      "A graph-model's weights are frozen into the graph. Convert the original with tensorflowjs_converter --output_format=tfjs_layers_model.";
    throw new GroundstateError('unsupported', `${owner}: expected \`${file}\` to be a layers-model, got a graph-model. ${advice}`);
  }
  if (format !== undefined && format !== null && format !== 'layers-model')
    throw corrupt(owner, file, 'a layers-model', `the format ${JSON.stringify(format)}`);
  if (typeof modelTopology !== 'object' || modelTopology === null)
    throw corrupt(owner, file, 'a layers-model with a `modelTopology`', 'none');
  if (!isManifest(weightsManifest)) throw corrupt(owner, file, 'a layers-model with a `weightsManifest` of paths and weights', 'none');
  return json as io.ModelJSON;
}

export function corrupt(
  owner: string,
  file: string,
  rule: string,
  value: string,
  advice = 'Take another copy of the model.',
  cause?: unknown,
): GroundstateError {
  return new GroundstateError('corrupt', `${owner}: expected \`${file}\` to be ${rule}, got ${value}. ${advice}`, { cause });
}

function isManifest(value: unknown): value is io.WeightsManifestConfig {
  if (!Array.isArray(value)) return false;
  return value.every((group: unknown) => {
    if (typeof group !== 'object' || group === null) return false;
    const { paths, weights } = group as Readonly<Record<string, unknown>>;
    return Array.isArray(paths) && paths.every((path) => typeof path === 'string') && Array.isArray(weights) && weights.every(isEntry);
  });
}

function isEntry(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { name, shape, dtype } = value as Readonly<Record<string, unknown>>;
  const sizes = Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
  return typeof name === 'string' && typeof dtype === 'string' && sizes;
}
