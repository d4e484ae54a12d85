/**
 * The compiled loss of a model, example by example: what `model.fit` averages, before it does. String losses behind a
 * softmax or sigmoid are computed from the logits; every other loss is the model's own function.
 */
import { crossEntropyOf, show } from '@groundstate/core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Head, headOf, type Noted, watchHeads } from './heads';
import { refusal } from './refusal';
import { open } from './seam';

/** What belongs to the inputs of a batch: a target for each output, and its class weights where `fit` was given some. */
export type Targets = { readonly targets: readonly Tensor[]; readonly weights: readonly (Tensor | null | undefined)[] };

/** The losses `[n]` at `inputs`, one tensor for each input of the model. */
export type ExampleLosses = (inputs: readonly Tensor[], given: Targets, options: { readonly training: boolean }) => Tensor1D;

type FromLogits = (target: Tensor, logits: Tensor) => Tensor;

/** String loss and head that make a loss from logits; in units of the string loss, without its clipping. */
const fromLogits: Readonly<Record<string, { readonly head: Head['kind']; readonly loss: FromLogits }>> = {
  categoricalCrossentropy: { head: 'softmax', loss: softCrossEntropy },
  sparseCategoricalCrossentropy: { head: 'softmax', loss: sparseCrossEntropy },
  binaryCrossentropy: { head: 'sigmoid', loss: binaryCrossEntropy },
};

export function exampleLosses(owner: string, model: LayersModel): ExampleLosses {
  const { lossFunctions } = open(model);
  const outputs = model.outputs.map((output, index) => {
    const stable = fromLogits[lossName(model, index) ?? ''];
    const head = stable && headOf(output);
    return { head: head?.kind === stable?.head ? head : undefined, stable, own: lossFunctions![index]! };
  });
  const heads = outputs.flatMap(({ head }) => head ?? []);
  return (inputs, { targets, weights }, { training }) => {
    const noted: Noted = new Map();
    try {
      const passed = watchHeads(heads, noted, () => model.apply(inputs.length === 1 ? inputs[0]! : [...inputs], { training }));
      const results = [passed].flat() as Tensor[];
      const losses = outputs.map(({ head, stable, own }, index) => {
        const logits = head && noted.get(results[index]!.id);
        const target = targets[index]!;
        const loss = logits ? stable!.loss(target, logits) : own(target, results[index]!);
        const each = perExample(owner, model.outputNames[index]!, loss, inputs[0]!.shape[0]!);
        const weight = weights[index];
        return weight ? tf.mul(each, weight) : each;
      });
      return losses.reduce((total, loss) => tf.add(total, loss)) as Tensor1D;
    } finally {
      tf.dispose([...noted.values()]);
    }
  };
}

/** The string that an output's loss was compiled with, if it was one. */
function lossName({ loss, outputNames }: LayersModel, index: number): string | undefined {
  const own: unknown = Array.isArray(loss) ? loss[index] : typeof loss === 'object' ? loss[outputNames[index]!] : loss;
  return typeof own === 'string' ? own : undefined;
}

/** A loss `[n, ...]` as `[n]`. */
function perExample(owner: string, output: string, loss: Tensor, n: number): Tensor1D {
  if (loss.rank === 1 && loss.shape[0] === n) return loss as Tensor1D;
  if (loss.rank > 1 && loss.shape[0] === n) return tf.mean(tf.reshape(loss, [n, -1]), 1);
  const advice = 'Return the losses before they are averaged; tf.losses take tf.Reduction.NONE.';
  throw refusal(owner, 'loss', `one number an example, of shape [${n}]`, `${show(loss)} for ${output}`, advice);
}

const rows = (batch: Tensor): Tensor2D => tf.reshape(batch, [-1, batch.shape[batch.rank - 1]!]);

function sparseCrossEntropy(target: Tensor, logits: Tensor): Tensor {
  const labels = tf.cast(tf.floor(tf.reshape(target, [-1])), 'int32') as Tensor1D;
  return tf.reshape(crossEntropyOf(rows(logits), labels), logits.shape.slice(0, -1));
}

/**
 * -sum_k y_k log p_k, as the cross-entropy of the largest share's class, t, plus the others' distance from it:
 * (sum_k y_k) (-log p_t) + sum_k y_k (z_t - z_k). The last sum is exactly 0 for one-hot labels, also in its gradient.
 */
function softCrossEntropy(target: Tensor, logits: Tensor): Tensor {
  const [shares, z] = [rows(tf.cast(target, 'float32')), rows(logits)];
  const top = tf.cast(tf.argMax(shares, 1), 'int32') as Tensor1D;
  const leading = tf.sum(tf.mul(z, tf.oneHot(top, z.shape[1])), 1, true);
  const rest = tf.sum(tf.mul(shares, tf.sub(leading, z)), 1);
  return tf.reshape(tf.add(tf.mul(tf.sum(shares, 1), crossEntropyOf(z, top)), rest), logits.shape.slice(0, -1));
}

/** mean over units of y (-log s(z)) + (1 - y) (-log(1 - s(z))): a sigmoid is a softmax over the logits 0 and z. */
function binaryCrossEntropy(target: Tensor, logits: Tensor): Tensor {
  const z = tf.reshape(logits, [-1, 1]) as Tensor2D;
  const pair = tf.concat([tf.zerosLike(z), z], 1) as Tensor2D;
  const surprise = (label: number): Tensor => crossEntropyOf(pair, tf.fill([z.shape[0]], label, 'int32') as Tensor1D);
  const y = tf.reshape(tf.cast(target, 'float32'), [-1]);
  const losses = tf.add(tf.mul(y, surprise(1)), tf.mul(tf.sub(1, y), surprise(0)));
  return tf.mean(tf.reshape(losses, logits.shape), -1);
}
