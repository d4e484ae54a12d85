/**
 * Which of the two builds of assembly/ this engine takes, and its compiled module. The relaxed build has FMA: one rounding, one
 * instruction. The plain one multiplies, then adds, and gives the same bits on every machine.
 */
import { expected, TrainingKernelError } from '../errors';

/** One of the two builds of the compiled kernels: with FMA, or without. */
export type Build = 'relaxed' | 'plain';

/**
 * The .wasm file of each build, for pages that serve it themselves: `@groundstate/wasm/kernels-relaxed.wasm` and
 * `@groundstate/wasm/kernels-plain.wasm`.
 */
export type KernelUrls = Readonly<Record<Build, string | URL>>;

export interface CompiledKernels {
  readonly build: Build;
  readonly module: WebAssembly.Module;
}

/** A function of one f32x4.relaxed_madd: an engine that accepts it runs the relaxed build. */
const relaxedProbe: Uint8Array<ArrayBuffer> = Uint8Array.from(
  // Header; the type () -> v128; one function; its body: three times f32x4.splat's v128.const by i32x4.splat(0), relaxed_madd.
  [
    [0, 97, 115, 109, 1, 0, 0, 0],
    [1, 5, 1, 96, 0, 1, 123],
    [3, 2, 1, 0],
    [10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11],
  ].flat(),
);

/** Whether the engine takes relaxed SIMD. */
export function takesRelaxedSimd(): boolean {
  allowRelaxedSimd();
  return WebAssembly.validate(relaxedProbe);
}

/** Node 20 has relaxed SIMD behind a flag of V8, which can be set until the first module is compiled that needs it. */
function allowRelaxedSimd(): void {
  if (WebAssembly.validate(relaxedProbe)) return;
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const v8 = process?.getBuiltinModule?.('node:v8') as { setFlagsFromString?(flags: string): void } | undefined;
  v8?.setFlagsFromString?.('--experimental-wasm-relaxed-simd');
}

/** @throws TrainingKernelError when the engine does not run the build that was asked for, or its file cannot be had. */
export async function compileKernels(
  owner: string,
  wanted: Build | undefined,
  urls: KernelUrls | undefined,
  shared: boolean,
): Promise<CompiledKernels> {
  const relaxed = takesRelaxedSimd();
  if (wanted === 'relaxed' && !relaxed) {
    throw expected(owner, 'build', "'plain' where the engine has no relaxed SIMD", wanted, 'Leave it out to take what the engine has.');
  }
  const build = wanted ?? (relaxed ? 'relaxed' : 'plain');
  const bytes = urls ? await fetched(owner, urls[build]) : await embedded(build);
  try {
    return { build, module: await WebAssembly.compile(shared ? withSharedMemory(bytes) : bytes) };
  } catch (error) {
    throw new TrainingKernelError(
      `${owner}: expected the engine to compile the ${build} build, got ${String(error)}. ` +
        'It needs WebAssembly with SIMD, and a content policy that allows wasm-unsafe-eval.',
    );
  }
}

async function embedded(build: Build): Promise<Uint8Array<ArrayBuffer>> {
  const { base64 } = build === 'relaxed' ? await import('../generated/relaxed') : await import('../generated/plain');
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

async function fetched(owner: string, url: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  const refused = (got: string): TrainingKernelError =>
    expected(owner, 'kernelUrls', 'files that can be fetched', `${got} ${url}`, 'Serve the two .wasm files of dist/.');
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw refused(String(error));
  }
  if (!response.ok) throw refused(String(response.status));
  return new Uint8Array(await response.arrayBuffer());
}

const IMPORT_SECTION = 2;
const HAS_MAXIMUM = 1;
const SHARED = 3;

/** The same module for a shared memory: the one byte of flags in the type of the memory it imports. */
export function withSharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice();
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = copy[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < copy.length) {
    const id = copy[at++];
    const length = number();
    if (id !== IMPORT_SECTION) {
      at += length;
      continue;
    }
    // One import: env.memory.
    number();
    for (const _ of ['env', 'memory']) {
      const letters = number();
      at += letters;
    }
    at++;
    if (copy[at] !== HAS_MAXIMUM) break;
    copy[at] = SHARED;
    return copy;
  }
  throw new TrainingKernelError(
    'enableTrainingKernels: expected the compiled kernels to import a memory with a maximum, got another module.',
  );
}
