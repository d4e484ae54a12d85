/**
 * The logits of a model that ends in a softmax or in sigmoids. Its loss takes logarithms of clipped probabilities, whose
 * gradient is zero where they are clipped, so a confident model would seem to have no energy. The layers that make the
 * outputs are recognised, and what enters their activation is noted as the pass goes by: the pass itself stays as it is.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { Layer } from './layer-tree';
import { shadow } from './shadow';

export type Head = { readonly kind: 'softmax' | 'sigmoid'; readonly layer: Layer };
/** What entered the activation, by the id of the tensor that came out. Kept: the holder disposes. */
export type Noted = Map<number, Tensor>;

type Activation = { apply(input: Tensor, ...rest: unknown[]): Tensor; getClassName(): string };
type SoftmaxLayer = { softmax: Activation['apply']; readonly axis: number | readonly number[] };

/** The layer behind an output, through nested models, if its activation is one that can be left out. */
export function headOf(output: tfl.SymbolicTensor): Head | undefined {
  const layer = output.sourceLayer;
  if (layer instanceof tfl.LayersModel) return headOf(layer.outputs[output.outputTensorIndex ?? 0]!);
  const name = layer.getClassName();
  if (name === 'Softmax') {
    const { axis } = layer as unknown as SoftmaxLayer;
    const [only, ...more] = typeof axis === 'number' ? [axis] : axis;
    return more.length === 0 && (only === -1 || only === output.shape.length - 1) ? { kind: 'softmax', layer } : undefined;
  }
  if (name !== 'Dense' && name !== 'Activation') return undefined;
  const activation = (layer as unknown as { readonly activation?: Activation | null }).activation?.getClassName();
  return activation === 'softmax' || activation === 'sigmoid' ? { kind: activation, layer } : undefined;
}

/** Runs `body` with the heads' activations watched. */
export function watchHeads<T>(heads: readonly Head[], noted: Noted, body: () => T): T {
  const watch =
    (apply: Activation['apply']): Activation['apply'] =>
    (input, ...rest) => {
      const result = apply(input, ...rest);
      // A copy, for inference passes dispose what other layers have taken.
      noted.set(result.id, tf.keep(tf.clone(input)));
      return result;
    };
  const undo = [...new Set(heads.map(({ layer }) => layer))].map((layer) => {
    if (layer.getClassName() === 'Softmax') return shadow(layer, 'softmax', watch((layer as unknown as SoftmaxLayer).softmax));
    const { activation } = layer as unknown as { readonly activation: Activation };
    const apply = watch((input, ...rest) => activation.apply(input, ...rest));
    return shadow(layer, 'activation', Object.create(activation, { apply: { value: apply } }));
  });
  try {
    return body();
  } finally {
    for (const restore of undo.reverse()) restore();
  }
}
