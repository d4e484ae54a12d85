/** What a run ran on, for its config.json: enough to repeat it, and nothing about the person. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { type WasmKernels, wasmKernels } from './backend/wasm-kernels';
import { gitCommit } from './git-commit';
import { runtimePackages } from './installed';
import { version } from './version';

export type Environment = {
  readonly environment: {
    readonly groundstate: string;
    readonly tensorflow: string;
    readonly node: string;
    readonly platform: string;
    /** Of the checkout that it ran from, `-dirty` where files were changed; null for an installed package. Not in old runs. */
    readonly commit?: string | null;
    readonly machine?: Machine;
    /** Of the process that began the run, where it ran on wasm: the threads decide no number, the build the last digits. */
    readonly wasm?: WasmKernels;
    /** Versions, by name; the backends that are installed are among them. */
    readonly packages?: { readonly [name: string]: string };
  };
  readonly command: string;
};

export type Machine = {
  readonly cpu: string;
  /** That this process may use. */
  readonly cores: number;
  /** GiB, to a tenth. */
  readonly memory: number;
};

/** `command`: what was typed, as one can type it again. */
export function environment(command: string): Environment {
  const wasm = wasmKernels();
  return {
    environment: {
      groundstate: version,
      tensorflow: tf.version_core,
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      commit: gitCommit(),
      machine: machine(),
      ...(wasm ? { wasm } : {}),
      packages: Object.fromEntries(runtimePackages().map(({ name, version }) => [name, version])),
    },
    command,
  };
}

export function machine(): Machine {
  return { cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism(), memory: Math.round((totalmem() / 2 ** 30) * 10) / 10 };
}
