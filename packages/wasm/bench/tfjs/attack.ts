/** PGD of @groundstate/attacks, by the driver that training uses: every step is made for every example. */
import { pgd } from '@groundstate/attacks';
import { ascend, createNoise, linf } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Attack } from '../cases/work';
import type { Workload } from '../contenders/serve';
import { convnetOf } from './convnet';
import { examples } from './network';
import { pure } from './pure';

export function attack({ batch, network, steps, epsilon }: Attack): Workload {
  const model = convnetOf(network);
  const { images: inputs, labels: classes } = examples(network, batch);
  const labels = tf.tensor1d(classes, 'int32');
  // Without a random start, which other libraries could not repeat.
  const method = pgd({ steps, randomStart: false });
  const noise = createNoise(
    0,
    Int32Array.from({ length: batch }, (_, id) => id),
  );
  const problem = { model, inputs, goal: { kind: 'misclassify', labels }, threat: { norm: linf(), epsilon }, noise } as const;
  return {
    ...pure([], () => ascend(method, problem)),
    release: () => {
      model.dispose();
      tf.dispose([inputs, labels]);
    },
  };
}
