/**
 * Every layer of a model, nested models and wrapped layers included, in the order tfjs-layers runs them.
 * What a forward pass may do (draw random numbers, keep state) hides in nested layers as well as in outer ones.
 */
import * as tfl from '@tensorflow/tfjs-layers';

export type Layer = tfl.layers.Layer;

export function layerTree(model: tfl.LayersModel): readonly Layer[] {
  const found = new Set<Layer>();
  const visit = (layer: Layer): void => {
    if (found.has(layer)) return;
    found.add(layer);
    if (layer instanceof tfl.LayersModel) for (const inner of layer.layers) visit(inner);
    for (const key of ['layer', 'forwardLayer', 'backwardLayer', 'cell'] as const) {
      const wrapped = (layer as unknown as Readonly<Record<string, unknown>>)[key];
      if (wrapped instanceof tfl.layers.Layer) visit(wrapped);
    }
  };
  for (const layer of model.layers) visit(layer);
  return [...found];
}

/** `dense_1 (Dense with relu)`: how error messages name a layer. */
export function describeLayer(layer: Layer): string {
  const activation = activationOf(layer);
  return `${layer.name} (${layer.getClassName()}${activation === undefined ? '' : ` with ${activation}`})`;
}

/** The activation's name as tfjs-layers writes it into a configuration; undefined for layers without one. */
export function activationOf(layer: Layer): string | undefined {
  if (layer.getClassName() === 'Softmax') return 'softmax';
  const activation = layer.getConfig().activation;
  return typeof activation === 'string' ? activation : undefined;
}
