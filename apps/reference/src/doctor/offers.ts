/** What could be had besides, in a line each. No speeds are promised: those of what is installed are measured. */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendFinding, Check, Offer } from './diagnosis';

const about: { readonly [backend: string]: (version: string) => Offer } = {
  'node-gpu': (version) => ({
    command: `npm install @tensorflow/tfjs-node-gpu@${version}`,
    what: 'native TensorFlow on an NVIDIA card with CUDA (Linux)',
  }),
  node: (version) => ({
    command: `npm install @tensorflow/tfjs-node@${version}`,
    what: 'native TensorFlow on the processor; its installation downloads a library',
  }),
  webgpu: (version) => ({
    command: `npm install @tensorflow/tfjs-backend-webgpu@${version} webgpu`,
    what: 'a graphics card, by WebGPU',
  }),
};

export function offers(backends: readonly BackendFinding[], checks: readonly Check[]): readonly Offer[] {
  const missing = backends.filter(({ state }) => state === 'absent').flatMap(({ name }) => about[name]?.(tf.version_core) ?? []);
  const withoutData = checks.some(({ check, state }) => check === 'data' && state === 'note');
  return withoutData ? [...missing, { command: 'groundstate datasets fetch mnist', what: 'the real MNIST, 11 MB' }] : missing;
}
