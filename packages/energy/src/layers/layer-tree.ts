/** Every layer of a model: those of nested models, those inside wrappers, and the cells of recurrent layers. */
import * as tfl from '@tensorflow/tfjs-layers';

export type Layer = tfl.layers.Layer;

const inner = ['layer', 'forwardLayer', 'backwardLayer', 'cell', 'cells', 'layers'];

export function layerTree(model: tfl.LayersModel): readonly Layer[] {
  const found = new Set<Layer>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    if (!(value instanceof tfl.layers.Layer) || found.has(value)) return;
    found.add(value);
    for (const key of inner) visit((value as unknown as Readonly<Record<string, unknown>>)[key]);
  };
  visit(model.layers);
  return [...found];
}
