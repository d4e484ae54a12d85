/**
 * Puts this package's kernels in the place of the stock ones of the tfjs wasm backend, and takes them out again.
 * They lean on the inside of tfjs 4.22 (its table of tensors, which of its kernels are right), hence the check of the version.
 */
import { findBackendFactory, getKernel, type KernelConfig, registerKernel, unregisterKernel, version_core } from '@tensorflow/tfjs-core';
import { expected } from './errors';
import { batchMatMul } from './kernels/batch-mat-mul';
import { cast } from './kernels/cast';
import { conv2dBackpropFilter } from './kernels/conv2d-backprop-filter';
import { conv2dBackpropInput } from './kernels/conv2d-backprop-input';
import { conv3dBackpropFilter } from './kernels/conv3d-backprop-filter';
import { conv3dBackpropInput } from './kernels/conv3d-backprop-input';
import { depthwiseBackpropFilter } from './kernels/depthwise-backprop-filter';
import { depthwiseBackpropInput } from './kernels/depthwise-backprop-input';
import { fusedMatMul } from './kernels/fused-mat-mul';
import { gatherV2 } from './kernels/gather-v2';
import { guardedConvolutions } from './kernels/guarded-convolutions';
import { maxPool3d } from './kernels/max-pool-3d';
import { maxPool3dGrad } from './kernels/max-pool-3d-grad';
import { maxPoolGrad } from './kernels/max-pool-grad';
import { maxPoolWithArgmax } from './kernels/max-pool-with-argmax';
import { log1p, sign } from './kernels/pointwise';
import { unsortedSegmentSum } from './kernels/unsorted-segment-sum';
import type { StockKernel, StockKernels, TrainingKernel } from './training-kernel';

export interface TrainingKernels {
  /** The names of the kernels that are ours now. */
  readonly kernels: readonly string[];
  /** Restores the stock kernels; those that tfjs lacks are missing again. Harmless when called twice. */
  disable(): void;
}

const BACKEND = 'wasm';
const OWNER = 'enableTrainingKernels';

const KERNELS: readonly TrainingKernel[] = [
  conv2dBackpropFilter,
  conv2dBackpropInput,
  batchMatMul,
  fusedMatMul,
  maxPoolGrad,
  maxPoolWithArgmax,
  maxPool3d,
  maxPool3dGrad,
  depthwiseBackpropInput,
  depthwiseBackpropFilter,
  conv3dBackpropInput,
  conv3dBackpropFilter,
  unsortedSegmentSum,
  gatherV2,
  cast,
  sign,
  log1p,
  ...guardedConvolutions,
];

/** Shared by all copies of this package in a process: ESM and CJS meet in one registry of tfjs. */
const slot = Symbol.for('groundstate.wasm.training-kernels');
const shared = globalThis as { [slot]?: TrainingKernels };

/**
 * Registers the kernels that the wasm backend needs to train convolutional networks correctly. Idempotent.
 *
 * @example
 * import '@tensorflow/tfjs-backend-wasm';
 * const training = enableTrainingKernels();
 * await tf.setBackend('wasm');
 * @throws {TrainingKernelError} when tfjs-core is not 4.22.x, or the wasm backend has not been imported.
 */
export function enableTrainingKernels(): TrainingKernels {
  checkCoreVersion(version_core);
  if (findBackendFactory(BACKEND) == null) {
    throw expected(OWNER, 'backend', "registered under the name 'wasm'", null, "Import '@tensorflow/tfjs-backend-wasm' first.");
  }
  shared[slot] ??= register();
  return shared[slot];
}

/** The kernels rely on what tfjs 4.22 does inside. */
export function checkCoreVersion(version: string): void {
  if (/^4\.22\.\d+$/.test(version)) return;
  throw expected(OWNER, '@tensorflow/tfjs-core', 'version 4.22.x', version, 'Install 4.22.0, or train without these kernels.');
}

function register(): TrainingKernels {
  const stockConfigs = new Map<string, KernelConfig>();
  const ourConfigs = new Map<string, KernelConfig>();
  const stock: StockKernels = (name) => {
    const config = stockConfigs.get(name) ?? getKernel(name, BACKEND);
    if (!config) throw expected(OWNER, name, 'a kernel of the wasm backend', null, 'Import @tensorflow/tfjs-backend-wasm 4.22.0.');
    return config.kernelFunc as unknown as StockKernel;
  };
  for (const { name, create } of KERNELS) {
    const before = getKernel(name, BACKEND);
    // A backend that starts later still sets the stock kernel up, which ours may call.
    const ours: KernelConfig = { ...before, kernelName: name, backendName: BACKEND, kernelFunc: create(stock) };
    if (before) {
      stockConfigs.set(name, before);
      unregisterKernel(name, BACKEND);
    }
    registerKernel(ours);
    ourConfigs.set(name, ours);
  }
  const handle: TrainingKernels = {
    kernels: KERNELS.map(({ name }) => name),
    disable() {
      if (shared[slot] !== handle) return;
      for (const [name, ours] of ourConfigs) {
        // Somebody else's kernel, registered over ours, is theirs to take out.
        if (getKernel(name, BACKEND) !== ours) continue;
        unregisterKernel(name, BACKEND);
        const before = stockConfigs.get(name);
        if (before) registerKernel(before);
      }
      delete shared[slot];
    },
  };
  return handle;
}
