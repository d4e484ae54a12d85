/** Which examples are classified right: the one definition that accuracy and robust accuracy share. */
import type { Observation } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';

/** 1 where the largest logit is the label's; logits that are not finite are never right. */
export async function correctOnClean({ cleanLogits, batch }: Observation): Promise<Uint8Array> {
  const right = tf.tidy(() => {
    const matches = tf.equal(tf.cast(tf.argMax(cleanLogits, 1), 'int32'), tf.cast(batch.labels, 'int32'));
    return tf.cast(tf.logicalAnd(matches, tf.all(tf.isFinite(cleanLogits), 1)), 'int32');
  });
  const values = Uint8Array.from(await right.data());
  right.dispose();
  return values;
}
