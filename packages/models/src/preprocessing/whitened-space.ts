/**
 * Examples in whitened space: for budgets that a paper states there (VAT on CIFAR-10: l2 10, or 8 with augmentation). A model trained on them
 * takes whitened inputs, has infinite bounds, and its budgets are no pixels: cards and reports must say so.
 */
import { type Dataset, type Examples, expected } from '@groundstate/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Zca } from './zca';

/**
 * The examples as the whitening of `zcaWhitening` would hand them on.
 *
 * @example
 * const train = whitenedExamples(pixels, zca);
 * const model = convnet({ inputShape: [32, 32, 3], bounds: [-Infinity, Infinity] });
 */
export function whitenedExamples(examples: Examples, zca: Zca): Examples {
  const { mean, whitening } = zca;
  return mapped('whitenedExamples', examples, zca, (rows) => tf.matMul(tf.sub(rows, tf.tensor1d(mean)) as tf.Tensor2D, square(whitening)));
}

/** Back to the units that `zca` was fitted in: what an example, or an adversarial one, looks like. */
export function unwhitenedExamples(examples: Examples, zca: Zca): Examples {
  const { mean, colouring } = zca;
  return mapped('unwhitenedExamples', examples, zca, (rows) => tf.add(tf.matMul(rows, square(colouring)), tf.tensor1d(mean)));
}

/**
 * A data set in whitened space, under a name of its own. Fit `zca` to its training set.
 *
 * @example
 * const pixels = cifar10({ source });
 * const whitened = whitenedSpace(pixels, await fitZca(await pixels.load('train')));
 * whitened.card.name; // 'cifar-10 (whitened space)'
 */
export function whitenedSpace(dataset: Dataset, zca: Zca): Dataset {
  const { card } = dataset;
  const formula = zca.form === 'authors' ? '1 / sqrt(S) + epsilon' : '1 / sqrt(S + epsilon)';
  return {
    card: {
      ...card,
      name: `${card.name} (whitened space)`,
      bounds: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      source: `${card.source}; ZCA-whitened with ${formula}, epsilon ${zca.epsilon}, fitted to ${zca.count} examples`,
    },
    load: async (split) => whitenedExamples(await dataset.load(split), zca),
  };
}

const square = (matrix: Float32Array): tf.Tensor2D => tf.tensor2d(matrix, [Math.sqrt(matrix.length), Math.sqrt(matrix.length)]);

function mapped(owner: string, examples: Examples, { shape, mean }: Zca, map: (rows: tf.Tensor2D) => Tensor): Examples {
  return {
    size: examples.size,
    labels: examples.labels,
    read: async (positions) => {
      const batch = await examples.read(positions);
      const given = batch.inputs.shape.slice(1);
      if (!tf.util.arraysEqual(given, [...shape])) {
        tf.dispose([batch.inputs, batch.labels]);
        throw expected(owner, 'examples', `examples of shape [${shape}], as the fit had`, `examples of shape [${given}]`);
      }
      const inputs = tf.tidy(() => tf.reshape(map(tf.reshape(batch.inputs, [-1, mean.length])), batch.inputs.shape));
      batch.inputs.dispose();
      return { ...batch, inputs };
    },
  };
}
