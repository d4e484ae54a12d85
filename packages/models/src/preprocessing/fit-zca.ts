/**
 * ZCA: the symmetric map that makes the covariance of the examples the identity, and of all such maps moves them least.
 * W = U diag(1 / sqrt(S + epsilon)) U^T, where the covariance of the examples is U diag(S) U^T.
 */
import { checkKeys, checkNumber, checkOneOf, type Examples, GroundstateError } from '@groundstate/core';
import * as tf from '@tensorflow/tfjs-core';
import { covarianceOf, largestBatch } from './covariance';
import { checkCount, type WatchOptions } from './read-examples';
import { type Eigen, symmetricEigen } from './symmetric-eigen';
import type { Zca } from './zca';

/** Options of `fitZca`. */
export type FitZcaOptions = WatchOptions & {
  /**
   * 'regularised': 1 / sqrt(S + epsilon), which bounds how much a direction is amplified; 'authors': 1 / sqrt(S) + epsilon, as the code of VAT has
   * it, which does not. @default 'regularised'
   */
  readonly form?: Zca['form'];
  /**
   * In squared units of the examples. The default of the regularised form suits bytes in [0, 1]: a variance below it is mostly rounding to bytes
   * (1 / (12 * 255^2) = 1.3e-6), and no direction is amplified by more than 316. @default 1e-5, and 1e-6 for the authors' form
   */
  readonly epsilon?: number;
  /** Examples that are in memory at a time, up to 1024. @default 1024 */
  readonly batchSize?: number;
};

/**
 * Fits to all examples: give it the training set. The covariance takes matrix products of the backend in use, the eigenvectors of 3072 values a few
 * hundred billion operations in JavaScript; both let timers and signals in. `colouring` is the inverse map, for whoever wants to see pixels again.
 *
 * @example
 * const zca = await fitZca(train);
 * const model = convnet({ inputShape: [32, 32, 3], preprocessing: zcaWhitening(zca) }); // budgets in pixels
 * const cifar10 = whitenedSpace(pixels, zca); // budgets in whitened space
 * @throws GroundstateError `invalid-data` where an example holds NaN or infinity, there are fewer than two, or the form needs a covariance of full
 * rank and this has none.
 */
export async function fitZca(examples: Examples, options: FitZcaOptions = {}): Promise<Zca> {
  const owner = 'fitZca';
  checkKeys(owner, options, ['form', 'epsilon', 'batchSize', 'signal', 'onProgress']);
  const form = checkOneOf(owner, 'form', options.form ?? 'regularised', ['regularised', 'authors'] as const);
  const epsilon = checkNumber(owner, 'epsilon', options.epsilon ?? (form === 'authors' ? 1e-6 : 1e-5), { min: 0 });
  const batchSize = checkNumber(owner, 'batchSize', options.batchSize ?? largestBatch, { integer: true, min: 1, max: largestBatch });
  checkCount(owner, examples, 2);
  const { shape, mean, covariance } = await covarianceOf(owner, examples, batchSize, options);
  const size = mean.length;
  const eigen = await symmetricEigen(covariance, size, {
    owner,
    signal: options.signal,
    onProgress: (share) => options.onProgress?.({ stage: 'eigenvectors', share }),
  });
  const gains = gainsOf(owner, eigen.values, form, epsilon, examples.size);
  return {
    shape,
    mean: Float32Array.from(mean),
    whitening: await symmetricWith(eigen, gains),
    colouring: await symmetricWith(
      eigen,
      gains.map((gain) => 1 / gain),
    ),
    form,
    epsilon,
    count: examples.size,
  };
}

/** What each direction is multiplied by. */
function gainsOf(owner: string, variances: Float64Array, form: Zca['form'], epsilon: number, count: number): Float64Array {
  const largest = variances.reduce((most, value) => Math.max(most, value), 0);
  // What rounding of the sums can leave where there is nothing.
  const nothing = 1e-9 * largest;
  const empty = variances.filter((value) => value <= nothing).length;
  const bounded = form === 'regularised' && epsilon > 0;
  if (!bounded && (empty > 0 || largest === 0)) {
    const why = count <= variances.length ? `${count} examples span at most ${count - 1} directions` : 'some of their values never vary';
    throw new GroundstateError(
      'invalid-data',
      `${owner}: expected \`examples\` to vary in all of their ${variances.length} directions, got none in ${empty}: ${why}. Use form 'regularised' with an epsilon above 0, or more examples.`,
    );
  }
  if (form === 'authors') return variances.map((value) => 1 / Math.sqrt(value) + epsilon);
  return variances.map((value) => 1 / Math.sqrt(Math.max(0, value) + epsilon));
}

/** vectors diag(factors) vectors^T, of factors above zero. */
async function symmetricWith({ vectors }: Eigen, factors: Float64Array): Promise<Float32Array> {
  const size = factors.length;
  const roots = factors.map(Math.sqrt);
  const scaled = new Float32Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) scaled[row * size + column] = vectors[row * size + column]! * roots[column]!;
  }
  const product = tf.tidy(() => {
    const half = tf.tensor2d(scaled, [size, size]);
    return tf.matMul(half, half, false, true);
  });
  try {
    return ((await product.data()) as Float32Array).slice();
  } finally {
    product.dispose();
  }
}
