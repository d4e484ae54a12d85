/**
 * FusedBatchNorm with a number for each channel, the batch normalisation of training as a pair of kernels of our own
 * (`BatchNormTraining`, `BatchNormTrainingGrad`), and the sums that the gradient of FusedBatchNorm needs (`BatchNormSums`).
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { applyByChannel, channelTensor, gradientSums, momentSums, rowsOf } from '../batch-norm';
import { expected } from '../errors';
import { floats } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly x: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly offset?: TensorInfo;
  readonly scale?: TensorInfo;
}

interface Attributes {
  readonly varianceEpsilon: number;
}

/** (x - mean) scale / sqrt(variance + epsilon) + offset. Statistics of any other shape stay with the stock kernel. */
const fusedBatchNorm: TrainingKernel = defineKernel<Inputs, Attributes>('FusedBatchNorm', (call, { stock, team }) => {
  const { inputs, attrs, backend } = call;
  const { x, mean, variance, offset, scale } = inputs;
  const channels = x.shape.at(-1);
  const byChannel = [mean, variance, offset, scale].every(
    (given) => !given || (given.shape.length === 1 && given.shape[0] === channels && given.dtype === 'float32'),
  );
  if (x.dtype !== 'float32' || !byChannel) return stock('FusedBatchNorm')(call);
  const scales = scale && floats(backend, scale);
  const factors = Float64Array.from(
    floats(backend, variance),
    (value, channel) => (scales?.[channel] ?? 1) / Math.sqrt(value + attrs.varianceEpsilon),
  );
  const offsets = offset ? floats(backend, offset).slice() : new Float32Array(channels!);
  return applyByChannel(backend, team, 'normalise', [x], [floats(backend, mean).slice(), factors, offsets]);
});

/** For float32 x [..., c], dy and mean [c]: the sums of dy and of dy (x - mean), as [2, c]. */
const batchNormSums: TrainingKernel = defineKernel<{ readonly dy: TensorInfo; readonly x: TensorInfo; readonly mean: TensorInfo }, object>(
  'BatchNormSums',
  ({ inputs: { dy, x, mean }, backend }, { team }) => {
    checkShapes('BatchNormSums', { x, dy }, { mean });
    const { first, second } = gradientSums(backend, team, dy, x, mean);
    const output = backend.makeOutput([2, first.length], 'float32');
    const written = floats(backend, output);
    written.set(first);
    written.set(second, first.length);
    return output;
  },
);

/**
 * For float32 x [..., c], scale and offset [c]: [y, mean, variance] with the statistics of x over all axes but the last. The
 * variance is that of the population (divided by the number of rows). Of no rows both are 0, as for `tf.moments`.
 */
const batchNormTraining: TrainingKernel = defineKernel<
  { readonly x: TensorInfo; readonly scale: TensorInfo; readonly offset: TensorInfo },
  { readonly epsilon: number }
>('BatchNormTraining', ({ inputs: { x, scale, offset }, attrs, backend }, { team }) => {
  checkShapes('BatchNormTraining', { x }, { scale, offset });
  const { first, second } = momentSums(backend, team, x);
  const rows = Math.max(1, rowsOf(x.shape).rows);
  const means = first.map((sum) => sum / rows);
  const centres = floats(backend, x);
  const variances = second.map((sum, channel) => {
    const shift = means[channel]! - (centres[channel] ?? 0);
    return Math.max(0, sum / rows - shift * shift);
  });
  const [scales, offsets] = [floats(backend, scale), floats(backend, offset).slice()];
  const factors = variances.map((variance, channel) => scales[channel]! / Math.sqrt(variance + attrs.epsilon));
  return [
    applyByChannel(backend, team, 'normalise', [x], [means, factors, offsets]),
    channelTensor(backend, means),
    channelTensor(backend, variances),
  ];
});

/**
 * [dx, dscale, doffset], through the statistics: dx = factor (dy - mean(dy) - (x - mean) mean(dy (x - mean)) / (variance + epsilon))
 * with factor = scale / sqrt(variance + epsilon). `mean` and `variance` are those that BatchNormTraining gave.
 */
const batchNormTrainingGrad: TrainingKernel = defineKernel<
  {
    readonly dy: TensorInfo;
    readonly x: TensorInfo;
    readonly scale: TensorInfo;
    readonly mean: TensorInfo;
    readonly variance: TensorInfo;
  },
  { readonly epsilon: number }
>('BatchNormTrainingGrad', ({ inputs: { dy, x, scale, mean, variance }, attrs, backend }, { team }) => {
  checkShapes('BatchNormTrainingGrad', { x, dy }, { scale, mean, variance });
  const { first, second } = gradientSums(backend, team, dy, x, mean);
  const rows = Math.max(1, rowsOf(x.shape).rows);
  const scales = floats(backend, scale);
  const deviations = Float64Array.from(floats(backend, variance), (value) => Math.sqrt(value + attrs.epsilon));
  const means = floats(backend, mean).slice();
  const factors = deviations.map((deviation, channel) => scales[channel]! / deviation);
  const shifts = first.map((sum) => sum / rows);
  const slopes = second.map((sum, channel) => sum / rows / deviations[channel]! ** 2);
  return [
    applyByChannel(backend, team, 'normaliseGradient', [dy, x], [means, factors, shifts, slopes]),
    channelTensor(
      backend,
      second.map((sum, channel) => sum / deviations[channel]!),
    ),
    channelTensor(backend, first),
  ];
});

/** The compiled code trusts these: numbers of `x`, as many of `dy`, and one of the others for each channel. */
function checkShapes(
  kernel: string,
  images: { readonly x: TensorInfo; readonly dy?: TensorInfo },
  vectors: Readonly<Record<string, TensorInfo>>,
): void {
  const { shape, dtype } = images.x;
  const words = (given: TensorInfo): string => `${given.dtype} ${JSON.stringify(given.shape)}`;
  if (dtype !== 'float32' || shape.length === 0) {
    throw expected(kernel, 'x', 'float32 with the channels last', words(images.x), 'Cast it, or give it an axis of channels.');
  }
  const refuse = (name: string, given: TensorInfo, wanted: readonly number[], advice: string): void => {
    const fits = given.dtype === 'float32' && JSON.stringify(given.shape) === JSON.stringify(wanted);
    if (!fits) throw expected(kernel, name, `float32 ${JSON.stringify(wanted)}`, words(given), advice);
  };
  if (images.dy) refuse('dy', images.dy, shape, 'It has the shape of `x`.');
  for (const [name, vector] of Object.entries(vectors)) refuse(name, vector, [shape.at(-1)!], 'One number for each channel of `x`.');
}

export const batchNormKernels: readonly TrainingKernel[] = [fusedBatchNorm, batchNormSums, batchNormTraining, batchNormTrainingGrad];
