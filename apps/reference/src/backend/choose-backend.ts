/** Picks the backend: the one that was asked for, or the first that is installed and computes gradients right. Said aloud. */
import { expected, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { type Backend, backends, startBackend } from './backends';
import { checkGradients } from './gradient-check';
import { wantedThreads } from './threads';
import { threadsInWords, wasmKernels } from './wasm-kernels';

export interface Chosen {
  readonly name: string;
  /** Why the ones before it were passed over, a line each. */
  readonly passedOver: readonly string[];
  /** What else the user should know, a line each. */
  readonly notices: readonly string[];
}

/**
 * @throws GroundstateError `unsupported` when the backend that was asked for does not work; there is no fallback from a choice.
 * `invalid-argument` for a name that is none, or a number of threads that is none.
 */
export async function chooseBackend(wanted: string): Promise<Chosen> {
  const names = backends.map(({ name }) => name);
  if (wanted !== 'auto' && !names.includes(wanted)) throw expected('backend', '--backend', `one of auto, ${names.join(', ')}`, wanted);
  // Said here, where it stops the command: below it would be but a reason to pass wasm over.
  wantedThreads();
  // tfjs greets on the console and recommends tfjs-node; the gradient check is no occasion for that.
  tf.env().set('PROD', true);
  const passedOver: string[] = [];
  const notices: string[] = [];
  for (const backend of wanted === 'auto' ? backends : backends.filter(({ name }) => name === wanted)) {
    const obstacle = await obstacleTo(backend, (line) => notices.push(line));
    if (obstacle === undefined) return { name: backend.name, passedOver, notices };
    passedOver.push(`${backend.name}: ${obstacle}`);
  }
  const got = wanted === 'auto' ? passedOver.join('; ') : passedOver[0]!;
  throw new GroundstateError(
    'unsupported',
    `backend: expected \`--backend\` to be one that works here, got ${got}. groundstate doctor says which do, and what to install.`,
  );
}

/** Undefined where it works: then it is the active one. */
async function obstacleTo(backend: Backend, say: (line: string) => void): Promise<string | undefined> {
  try {
    await startBackend(backend, say);
    await checkGradients(backend.engine);
    return undefined;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND' ? 'not installed' : message.split('\n')[0];
  }
}

/** The same, and says what was chosen and why. */
export async function chooseBackendAloud(wanted: string, say: (line: string) => void): Promise<string> {
  const { name, passedOver, notices } = await chooseBackend(wanted);
  const kernels = wasmKernels();
  say(`backend: ${name}${kernels ? `, ${threadsInWords(kernels)}` : ''}${passedOver.length > 0 ? ` (${passedOver.join('; ')})` : ''}`);
  for (const notice of notices) say(notice);
  return name;
}
