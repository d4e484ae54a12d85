/**
 * Kernels that a backend may have and need not: what takes tfjs ten ops is one pass where somebody registered a kernel for
 * it (as `@groundstate/wasm` does). Whoever asks for one keeps the composition of tfjs's ops beside it, with equal values.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** Runs the kernel: one tensor, or all of them where it has several outputs. */
export type OptionalKernel = <T extends Tensor | readonly (Tensor | undefined)[] = Tensor>(
  inputs: Readonly<Record<string, Tensor>>,
  attributes?: object,
) => T;

/**
 * The kernel of that name on the active backend; undefined where there is none, and where the op would go on the tape: these
 * kernels have no gradients. So ask inside of a `customGrad`: its forward part is never on the tape, its gradient only when
 * that is differentiated in turn, and then the composition is what stands there.
 *
 * @example
 * const kernel = optionalKernel('SiluGrad');
 * return kernel ? kernel({ dy, x }) : composition(dy, x);
 */
export function optionalKernel(name: string): OptionalKernel | undefined {
  const engine = tf.engine();
  const { gradientDepth, kernelDepth } = engine.state;
  if (gradientDepth > 0 && kernelDepth === 0) return undefined;
  if (!tf.getKernel(name, tf.getBackend())) return undefined;
  return <T extends Tensor | readonly (Tensor | undefined)[] = Tensor>(inputs: Readonly<Record<string, Tensor>>, attributes: object = {}) =>
    engine.runKernel(name, { ...inputs }, { ...attributes }) as unknown as T;
}
