/** The file behind `--config`: a request, or the config.json of a run, which holds one. */
import { readFile } from 'node:fs/promises';
import { GroundstateError } from '@groundstate/core';
import { isTree, merge, type Tree } from './layers';

const fault = (code: 'invalid-argument' | 'not-found' | 'io', file: string, rule: string, got: string, advice = ''): GroundstateError =>
  new GroundstateError(code, `--config: expected \`${file}\` to be ${rule}, got ${got}.${advice && ` ${advice}`}`);

/** What every run was before it could be told otherwise: no config.json of those runs names it. */
const unsaid: Tree = {
  task: 'supervised',
  seeds: 1,
  model: 'convnet',
  training: { optimiser: 'adam', learningRate: 1e-3, schedule: 'drops:at=0.75,factor=0.1', augmentation: 'none', preprocessing: 'none' },
};

/** `pipeline`: what the config.json of such a run names. */
export async function readConfigFile(file: string, pipeline: string): Promise<Tree> {
  const content = parse(await read(file), file);
  if (!isTree(content)) throw fault('invalid-argument', file, 'a JSON object', Array.isArray(content) ? 'a list' : String(content));
  if (content.schema === undefined) return content;
  // A config.json: everything but the request says what it ran on.
  if (content.schema !== 'groundstate/config@1') throw fault('invalid-argument', file, 'a configuration', `a file of ${content.schema}`);
  if (content.pipeline !== pipeline) {
    const advice = 'A configuration belongs to the command it was made with.';
    throw fault('invalid-argument', file, `the config.json of a run of ${pipeline}`, `that of a run of ${content.pipeline}`, advice);
  }
  if (!isTree(content.request)) throw fault('invalid-argument', file, 'a config.json with a request in it', 'one without');
  return pipeline === 'mnist' && content.request.task === undefined ? merge(unsaid, content.request) : content.request;
}

async function read(file: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw fault('not-found', file, 'a file', 'nothing there', 'Check the path.');
    throw fault('io', file, 'a readable file', code === 'EISDIR' ? 'a folder' : `the error ${code}`);
  }
  if (bytes.length === 0) throw fault('invalid-argument', file, 'a JSON object', 'an empty file');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw fault('invalid-argument', file, 'a JSON object', 'bytes that are no text');
  }
}

function parse(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message.replaceAll(/\s+/g, ' ').replace(/\.$/, '');
    throw fault('invalid-argument', file, 'a JSON object', `text that is no JSON (${reason})`);
  }
}
