/**
 * Whether the gradient of a gradient is right for a model: two opinions. The names of the ops on the tape are compared
 * with those whose second derivatives are checked (in the tests beside this file), and the second derivative itself with
 * central differences of the first, on given inputs: that one counts for whatever hides behind a custom gradient.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Model, TrainableModel } from '../contract/model';
import { originalOf } from '../drivers/stand-in';
import { createNoise } from '../noise/create-noise';
import { freeFailedTape } from './failed-tape';
import { enableSecondOrder } from './second-order-gradients';
import { tapeBetween } from './tape-between';

/** Kernels whose gradients of gradients are checked, given `enableSecondOrder`. */
export const verifiedKernels: ReadonlySet<string> = new Set(
  `
    Abs Add AvgPool AvgPoolGrad BatchMatMul Cast ClipByValue Concat Conv2D Conv2DBackpropFilter Conv2DBackpropInput Cos Elu
    EluGrad Equal Erf Exp ExpandDims Expm1 FusedBatchNorm GatherV2 Greater GreaterEqual Identity LeakyRelu LessEqual Log
    Log1p LogicalAnd LogicalNot Max MaxPool MaxPoolGrad Maximum Mean Min Minimum MirrorPad Multiply Neg Pack PadV2 Pow Prelu
    RealDiv Reciprocal Relu Relu6 Reshape Rsqrt Select Selu Sigmoid Sin Slice Softmax Softplus SplitV Sqrt Square Step Sub
    Sum Tanh Tile Transpose Unpack UnsortedSegmentSum ZerosLike
  `
    .trim()
    .split(/\s+/),
);

/** Where a gradient jumps, a central difference is right on average only. */
const kinked: ReadonlySet<string> = new Set(
  'Abs ClipByValue LeakyRelu Max MaxPool Maximum Min Minimum Prelu Relu Relu6 Select Step'.split(' '),
);
/**
 * How far the median example may be off, relative to the derivative; the faults of tfjs that are known begin at 9 %.
 * Steps of the differences, as shares of the length of an example: every tensor takes the one that suits it best.
 */
const smooth = { tolerance: 0.02, steps: [1e-2, 2e-3] };
/** Small steps meet few kinks, and large ones average over many. */
const rough = { tolerance: 0.25, steps: [2e-2, 2e-3, 2e-4, 5e-5] };
/** Of a gradient in float32: what it may be off by is no curvature. */
const rounding = 2e-6;
const examples = 3;

/** By the first weight, or the model where it has none: others than steps may wrap a model anew, but its variables stay. */
const answers = new WeakMap<object, Map<string, string | undefined>>();

/**
 * What stands in the way of double backpropagation through this model, in a sentence; `undefined` where nothing does.
 * Calls `enableSecondOrder`. Takes up to three of the inputs `[n, ...model.inputShape]`, in inference mode, reads tensors
 * synchronously, and remembers its answer for the model: it is for preparation, and must not be called on a tape. Of a
 * step's model it asks the one behind it: its passes are not counted, or a resumed run, which asks again, would cost more.
 *
 * @example
 * const obstacle = secondOrderObstacle(model, inputs);
 * if (obstacle) console.log(`Finite differences, then. ${obstacle}`);
 */
export function secondOrderObstacle(given: Model, inputs: Tensor): string | undefined {
  const model = originalOf(given);
  enableSecondOrder();
  const weights = Object.values((model as Partial<TrainableModel>).weights ?? {});
  const key = weights[0] ?? model;
  const known = answers.get(key) ?? new Map<string, string | undefined>();
  answers.set(key, known);
  if (!known.has(model.name)) known.set(model.name, examine(model, weights, inputs));
  return known.get(model.name);
}

function examine(model: Model, weights: readonly Variable[], inputs: Tensor): string | undefined {
  const deviations: number[] = [];
  let settings = smooth;
  try {
    for (let row = 0; row < Math.min(examples, inputs.shape[0] ?? 0); row++) {
      const result = tf.tidy(() =>
        freeFailedTape(() => {
          const second = secondOrder(model, weights, tf.slice(inputs, row, 1));
          const unknown = second.kernels.filter((name) => isKernel(name) && !verifiedKernels.has(name));
          if (unknown.length > 0) return unknown;
          settings = second.kernels.some((name) => kinked.has(name)) ? rough : smooth;
          return deviationOf(second, settings.steps);
        }),
      );
      if (typeof result !== 'number') return neverChecked(result);
      deviations.push(result);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const op = /gradient function not found for (\w+)/.exec(message)?.[1];
    return op ? `TensorFlow.js has no gradient of the gradient of the op ${op}.` : `Its gradient of a gradient fails: ${message}`;
  }
  const median = deviations.sort((a, b) => a - b)[Math.floor((deviations.length - 1) / 2)] ?? 0;
  if (median <= settings.tolerance) return undefined;
  const percent = Number.isFinite(median) ? `${(100 * median).toPrecision(2)} %` : 'more than any number';
  return `Its gradient of a gradient is off by ${percent} from differences of gradients; ${100 * settings.tolerance} % are allowed.`;
}

function neverChecked(names: readonly string[]): string {
  return `The gradient of the gradient of ${names.length > 1 ? 'the ops' : 'the op'} ${[...names].sort().join(', ')} has never been checked.`;
}

/** Kernels have names like MatMul or _FusedMatMul; what a custom gradient is called depends on who called it. */
function isKernel(name: string): boolean {
  return /^_?[A-Z]/.test(name);
}

/** The gradient of <grad s(x), v> for x and for the weights, by a gradient of a gradient, and what to check it with. */
interface SecondOrder {
  readonly kernels: readonly string[];
  readonly derivatives: readonly Tensor[];
  /** The gradients of s(x + t v) for x and for the weights. */
  readonly gradientsAt: (t: number) => readonly Tensor[];
  /** The length of the example. */
  readonly scale: number;
}

/** For one example. */
function secondOrder(model: Model, weights: readonly Variable[], input: Tensor): SecondOrder {
  const noise = createNoise(0, Int32Array.of(0)).stream('second-order-check');
  const size = Math.max(numberOf(tf.max(tf.abs(model.logits(tf.clone(input))))), 1e-6);
  const tilt = noise.stream('tilt').normal([model.classes]);
  // Neither flat where a model is confident, as the cross-entropy is, nor straight where the logits are.
  const score = (x: Tensor): Tensor => {
    const z = tf.div(model.logits(tf.clone(x)), size);
    return tf.add(tf.sum(tf.mul(z, tilt)), tf.sum(tf.square(z)));
  };
  // Along the gradient the squares curve most, and a random part sees what it does not.
  const uphill = gradients([input], () => score(input))[0]!;
  const v = toUnit(tf.add(toUnit(uphill), toUnit(noise.stream('direction').normal(input.shape.slice(1)))));
  const at = [input, ...weights];
  let kernels: readonly string[] = [];
  const derivatives = gradients(at, () => {
    const along = tf.sum(tf.mul(gradients([input], () => score(input))[0]!, v));
    kernels = tapeBetween(at, along);
    return along;
  });
  const gradientsAt = (t: number): Tensor[] => {
    const moved = tf.add(input, tf.mul(v, t));
    return gradients([moved, ...weights], () => score(moved));
  };
  return { kernels, derivatives, gradientsAt, scale: Math.max(numberOf(tf.norm(input)), 0.1 * Math.sqrt(input.size)) };
}

/** The worst of the tensors, relative. */
function deviationOf({ derivatives, gradientsAt, scale }: SecondOrder, steps: readonly number[]): number {
  const lengths = derivatives.map((tensor) => numberOf(tf.norm(tensor)));
  const best = derivatives.map(() => Number.POSITIVE_INFINITY);
  for (const h of steps.map((step) => step * scale)) {
    const [above, below] = [gradientsAt(h), gradientsAt(-h)];
    for (const [i, exact] of derivatives.entries()) {
      const difference = tf.div(tf.sub(above[i]!, below[i]!), 2 * h);
      const gap = numberOf(tf.norm(tf.sub(exact, difference)));
      // A weight that hardly matters here is measured by those that do, and nothing by its rounding.
      const floor = i === 0 ? 0 : 0.05 * Math.max(...lengths.slice(1));
      const noise = (rounding * numberOf(tf.norm(above[i]!))) / h;
      const ratio = gap <= noise ? 0 : gap / Math.max(lengths[i]!, numberOf(tf.norm(difference)), floor);
      // A NaN is no improvement.
      if (ratio < best[i]!) best[i] = ratio;
    }
  }
  return Math.max(...best);
}

function toUnit(tensor: Tensor): Tensor {
  return tf.div(tensor, tf.maximum(tf.norm(tensor), 1e-30));
}

/** Gradients of a scalar; zeros where it does not depend on the tensor, and not one error less. */
function gradients(at: readonly Tensor[], evaluate: () => Tensor): Tensor[] {
  const { grads } = tf.engine().gradients(evaluate, [...at], undefined as unknown as Tensor, true);
  return at.map((tensor, i) => grads[i] ?? tf.zerosLike(tensor));
}

function numberOf(scalar: Tensor): number {
  return scalar.dataSync()[0]!;
}
