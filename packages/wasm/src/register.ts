/** Registers kernels and gradients over those of tfjs, and puts back what was there before. */
import * as tf from '@tensorflow/tfjs-core';
import { expected, TrainingKernelError } from './errors';
import { TRAINING_GRADIENTS } from './gradients';
import type { WasmBackend } from './heap';
import { TRAINING_KERNELS } from './kernels';
import type { Team } from './module/team';
import { besides } from './training-gradient';
import type { StockKernel, StockKernels } from './training-kernel';

const OWNER = 'enableTrainingKernels';

export interface Registered {
  readonly kernels: readonly string[];
  readonly gradients: readonly string[];
  /** False when that has been done before. */
  restore(): boolean;
}

/** `memory` is that of the backend the kernels were compiled for. */
export function registerAll(backendName: string, memory: WebAssembly.Memory, team: Team): Registered {
  const kernels = registerKernels(backendName, memory, team);
  const gradients = registerGradients();
  let registered = true;
  return {
    kernels: kernels.names,
    gradients: gradients.names,
    restore() {
      if (!registered) return false;
      registered = false;
      kernels.restore();
      gradients.restore();
      return true;
    },
  };
}

interface Replaced {
  readonly names: readonly string[];
  restore(): void;
}

function registerKernels(backendName: string, memory: WebAssembly.Memory, team: Team): Replaced {
  const stockConfigs = new Map<string, tf.KernelConfig>();
  const ourConfigs = new Map<string, tf.KernelConfig>();
  const stock: StockKernels = (name) => {
    const config = stockConfigs.get(name) ?? tf.getKernel(name, backendName);
    if (!config) throw expected(OWNER, name, 'a kernel of the wasm backend', null, 'Import @tensorflow/tfjs-backend-wasm 4.22.0.');
    return config.kernelFunc as unknown as StockKernel;
  };
  for (const { name, create } of TRAINING_KERNELS) {
    const before = tf.getKernel(name, backendName);
    const run = create({ stock, team });
    const kernelFunc: tf.KernelFunc = (call) => {
      if ((call.backend as unknown as WasmBackend).wasm?.asm.memory !== memory) throw restarted();
      return run(call);
    };
    // A backend that starts later still sets the stock kernel up, which ours may call.
    const ours: tf.KernelConfig = { ...before, kernelName: name, backendName, kernelFunc };
    if (before) {
      stockConfigs.set(name, before);
      tf.unregisterKernel(name, backendName);
    }
    tf.registerKernel(ours);
    ourConfigs.set(name, ours);
  }
  return {
    names: [...ourConfigs.keys()],
    restore() {
      for (const [name, ours] of ourConfigs) {
        // Somebody else's kernel, registered over ours, is theirs to take out.
        if (tf.getKernel(name, backendName) !== ours) continue;
        tf.unregisterKernel(name, backendName);
        const before = stockConfigs.get(name);
        if (before) tf.registerKernel(before);
      }
    },
  };
}

function registerGradients(): Replaced {
  const replaced = new Map<string, { readonly before: tf.GradConfig; readonly ours: tf.GradConfig }>();
  for (const gradient of TRAINING_GRADIENTS) {
    const before = tf.getGradient(gradient.name);
    // Without tfjs's own there is nothing to fall back on elsewhere: whoever takes no gradients needs none of ours.
    if (!before) continue;
    const ours = besides(before, gradient);
    tf.unregisterGradient(gradient.name);
    tf.registerGradient(ours);
    replaced.set(gradient.name, { before, ours });
  }
  return {
    names: [...replaced.keys()],
    restore() {
      for (const [name, { before, ours }] of replaced) {
        if (tf.getGradient(name) !== ours) continue;
        tf.unregisterGradient(name);
        tf.registerGradient(before);
      }
    },
  };
}

function restarted(): TrainingKernelError {
  return new TrainingKernelError(
    '@groundstate/wasm: expected the wasm backend that the kernels were enabled on, got one started since. ' +
      'Call disable(), then enableTrainingKernels() again.',
  );
}
