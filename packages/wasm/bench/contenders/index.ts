/** Who is compared, and what each needs to be there. */
import { fileURLToPath } from 'node:url';
import type { Role } from '../record/record';
import type { Command } from './child';

export interface Entrant {
  /** For `--contenders`, and the key in the record. */
  readonly id: string;
  readonly threads: number;
  readonly role: Role;
  /** Needs nothing but this repository: if it does not start, something is broken. */
  readonly required?: true;
  /** How to start it, or why there is nothing to start. */
  readonly command: Command | { readonly missing: string };
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Node's child with the loader of TypeScript that runs this file. */
function script(path: string, parameters: readonly (string | number)[], environment: Readonly<Record<string, string>> = {}): Command {
  const loader = import.meta.resolve('tsx');
  return { file: process.execPath, parameters: ['--import', loader, here(path), ...parameters.map(String)], environment };
}

function torch(threads: number): Command | { readonly missing: string } {
  const python = process.env.GROUNDSTATE_PYTHON;
  if (!python) return { missing: 'GROUNDSTATE_PYTHON names no python' };
  return {
    file: python,
    parameters: [here('../torch/torch_contender.py'), String(threads)],
    environment: { OMP_NUM_THREADS: String(threads) },
  };
}

/** TensorFlow has a pool of threads of its own, as large as the machine unless it is told. */
function tensorflow(threads: number): Command {
  const count = String(threads);
  const environment = { TF_NUM_INTRAOP_THREADS: count, TF_NUM_INTEROP_THREADS: '1', OMP_NUM_THREADS: count, TF_CPP_MIN_LOG_LEVEL: '2' };
  return script('../tfjs/contender.ts', ['tensorflow', threads], environment);
}

export const ENTRANTS: readonly Entrant[] = [
  { id: 'registers-1', threads: 1, role: 'machine', required: true, command: script('../registers/contender.ts', [1]) },
  { id: 'registers-2', threads: 2, role: 'machine', required: true, command: script('../registers/contender.ts', [2]) },
  { id: 'stock', threads: 1, role: 'other', required: true, command: script('../tfjs/contender.ts', ['stock', 1]) },
  { id: 'ours-1', threads: 1, role: 'ours', required: true, command: script('../tfjs/contender.ts', ['ours', 1]) },
  { id: 'ours-2', threads: 2, role: 'ours', command: script('../tfjs/contender.ts', ['ours', 2]) },
  { id: 'tfjs-node', threads: 2, role: 'other', command: tensorflow(2) },
  { id: 'torch-1', threads: 1, role: 'torch', command: torch(1) },
  { id: 'torch-2', threads: 2, role: 'torch', command: torch(2) },
];
