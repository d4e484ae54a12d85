/** Which of several decision boundaries is nearest, each taken as flat: what FAB and DeepFool step onto. */
import { choose, type Norm } from '@groundstate/core';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';

/** A boundary by the lead of the class behind it, negative up to there, and the slope of the lead. */
export type NearestPlane = { readonly lead: Tensor1D; readonly normal: Tensor; readonly distance: Tensor1D };

/** As in the authors' code; where there is no slope the boundary is far away. */
const tiny = 1e-12;

/** For each example the plane of least |lead| / |slope|*; of equal ones the first. */
export function nearestPlane(leads: readonly Tensor1D[], slopes: readonly Tensor[], norm: Norm): NearestPlane {
  const planes = leads.map((lead, i): NearestPlane => {
    const normal = slopes[i]!;
    return { lead, normal, distance: tf.div(tf.abs(lead), tf.add(norm.dualSize(normal), tiny)) as Tensor1D };
  });
  return planes.reduce((nearest, plane) => {
    const nearer = tf.cast(tf.less(plane.distance, nearest.distance), 'float32') as Tensor1D;
    return {
      lead: choose(nearer, plane.lead, nearest.lead),
      normal: choose(nearer, plane.normal, nearest.normal),
      distance: choose(nearer, plane.distance, nearest.distance),
    };
  });
}
