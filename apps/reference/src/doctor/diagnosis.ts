/** What the doctor found, as `groundstate doctor --json` gives it. */
import type { WasmKernels } from '../backend/wasm-kernels';
import type { Machine } from '../environment';

export const diagnosisSchema = 'groundstate/doctor@1';

export type Diagnosis = {
  readonly schema: typeof diagnosisSchema;
  /** Whether some backend works, which is all that the other commands need. */
  readonly usable: boolean;
  readonly groundstate: string;
  readonly tensorflow: string;
  readonly node: string;
  readonly platform: string;
  readonly commit: string | null;
  readonly machine: Machine;
  readonly checks: readonly Check[];
  /** What `--backend auto` takes; null where none works. */
  readonly auto: string | null;
  readonly backends: readonly BackendFinding[];
  /** What can be had besides. */
  readonly more: readonly Offer[];
};

/** `note`: works, but somebody should know. */
export type Check = {
  readonly check: 'node' | 'packages' | 'memory' | 'disk' | 'data';
  readonly state: 'fine' | 'note' | 'wrong';
  /** In one line. */
  readonly found: string;
  /** What to do about it. */
  readonly advice?: string;
};

export type BackendFinding =
  | ({ readonly name: string; readonly state: 'works' } & Speed)
  /** Not installed, or there and of no use: `why` in one line. */
  | { readonly name: string; readonly state: 'absent' | 'broken'; readonly why: string };

export type Speed = {
  /** Milliseconds, the median of a few: one step of standard training of the small convnet, 32 images. */
  readonly trainingStep: number;
  /** Milliseconds for one gradient at the same 32 images, which is what a step of an attack costs. */
  readonly inputGradient: number;
  /** Of wasm only: what it was measured with. */
  readonly threads?: WasmKernels['threads'];
  readonly build?: WasmKernels['build'];
  /** What else should be known, a line each: why there are fewer threads than there could be, say. */
  readonly notices?: readonly string[];
};

export type Offer = { readonly command: string; readonly what: string };
