import { syntheticDigits } from '@groundstate/datasets';
import { mlp } from '@groundstate/models';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { checkModel } from './check-model';

const { card } = syntheticDigits({ seed: 0 });
const check = (inputShape: readonly number[], classes: number) => (): void => {
  const model = mlp({ inputShape, hidden: [2], classes });
  try {
    checkModel('evaluate', 'runs/a/model', model, card);
  } finally {
    model.dispose();
  }
};

it('a model of other shapes or classes than the data is refused before it is attacked, and one that fits is not', () => {
  const before = tf.memory().numTensors;
  expect(check([28, 28, 1], 10)).not.toThrow();
  expect(check([32, 32, 3], 10)).toThrow(
    'evaluate: expected `runs/a/model` to be a model of inputs of shape [28, 28, 1], as synthetic-digits has them, got one of shape [32, 32, 3]. Name',
  );
  expect(check([28, 28, 1], 7)).toThrow(
    'evaluate: expected `runs/a/model` to be a model of the 10 classes of synthetic-digits, got one of 7. Name',
  );
  expect(tf.memory().numTensors).toBe(before);
});
