/**
 * `CrossEntropyWithLabels` and `CrossEntropyWithLabelsGrad`, kernels that tfjs has not: the cross-entropy of logits `[n, classes]`
 * for integer labels `[n]`, per row, and its gradient times `dy` `[n]`. Exact also where the model is confident: the gradient is
 * written with the rivals' shares of the odds, not as softmax minus one-hot, whose rounding loses the label's share.
 */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { expected } from '../errors';
import { addressOf } from '../heap';
import { defineKernel, type TrainingKernel } from '../training-kernel';

interface Inputs {
  readonly logits: TensorInfo;
  readonly labels: TensorInfo;
}

const LOSS = 'CrossEntropyWithLabels';
const GRADIENT = 'CrossEntropyWithLabelsGrad';

/** Shares hold so many logits, or one row: less takes one thread no longer than waking another. */
const SHARE = 4096;

/** The number of rows that shares begin at multiples of. */
const grainOf = (classes: number): number => Math.max(1, Math.ceil(SHARE / Math.max(1, classes)));

export const crossEntropyWithLabels: TrainingKernel = defineKernel<Inputs, object>(LOSS, ({ inputs, backend }, { team }) => {
  const { logits, labels } = inputs;
  const [rows, classes] = checkedSizes(LOSS, inputs);
  const losses = backend.makeOutput([rows], 'float32');
  const addresses = [logits, labels, losses].map((tensor) => addressOf(backend, tensor));
  team.run('crossEntropy', rows, grainOf(classes), (from, to) => [...addresses, classes, from, to]);
  return losses;
});

export const crossEntropyWithLabelsGrad: TrainingKernel = defineKernel<Inputs & { readonly dy: TensorInfo }, object>(
  GRADIENT,
  ({ inputs, backend }, { team }) => {
    const { logits, labels, dy } = inputs;
    const [rows, classes] = checkedSizes(GRADIENT, inputs);
    if (dy.dtype !== 'float32' || dy.shape.length !== 1 || dy.shape[0] !== rows) {
      throw expected(GRADIENT, 'dy', `a float32 number per row, [${rows}]`, dy.shape, 'Nothing is broadcast here.');
    }
    const gradient = backend.makeOutput([rows, classes], 'float32');
    const addresses = [logits, labels, dy, gradient].map((tensor) => addressOf(backend, tensor));
    team.run('crossEntropyGradient', rows, grainOf(classes), (from, to) => [...addresses, classes, from, to]);
    return gradient;
  },
);

/** The compiled code trusts these shapes: nothing else may come in. */
function checkedSizes(kernel: string, { logits, labels }: Inputs): readonly [rows: number, classes: number] {
  const [rows, classes] = logits.shape;
  if (logits.dtype !== 'float32' || logits.shape.length !== 2) {
    throw expected(kernel, 'logits', 'float32 [rows, classes]', `${logits.dtype} ${JSON.stringify(logits.shape)}`, 'Reshape or cast them.');
  }
  if (labels.dtype !== 'int32' || labels.shape.length !== 1 || labels.shape[0] !== rows) {
    throw expected(kernel, 'labels', `int32 [${rows}]`, `${labels.dtype} ${JSON.stringify(labels.shape)}`, 'One integer per row.');
  }
  return [rows!, classes!];
}
