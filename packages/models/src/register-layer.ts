/**
 * tfjs-layers builds a saved model from the names of its layers' classes: those of this package are made known to it here.
 */
import * as tf from '@tensorflow/tfjs-core';

/** The first copy of this package stays (ESM beside CJS): copies tell their layers by the name of the class, never by identity. */
export function registerLayer(layer: Parameters<typeof tf.serialization.registerClass>[0] & { readonly className: string }): void {
  if (!(layer.className in tf.serialization.SerializationMap.getMap().classNameMap)) tf.serialization.registerClass(layer);
}
